/** The package brings types, but its `exports` hide them from Node's resolution. */
declare module 'ms' {
  export default function ms(text: string): number;
}
