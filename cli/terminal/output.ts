/** The output of a command: results go to stdout, everything else goes to stderr. */
export interface Output {
  print(text: string): void;
  note(text: string): void;
  /** Whether prompts are possible, because a person uses a terminal. */
  isInteractive: boolean;
  /** Maximum width of lists, in columns. @default 80 */
  columns?: number;
  /** Whether the output is coloured. @default false */
  hasColor?: boolean;
}

const DEFAULT_COLUMNS = 80;
/** Minimum width of lists, in columns. In a narrower list, nothing useful could be read. */
const MIN_COLUMNS = 40;

export const processOutput: Output = {
  print: (text) => void process.stdout.write(`${text}\n`),
  note: (text) => void process.stderr.write(`${text}\n`),
  isInteractive: Boolean(process.stdin.isTTY && process.stderr.isTTY),
  get columns() {
    const fromEnvironment = Number(process.env.COLUMNS);
    return fromEnvironment > 0 ? fromEnvironment : (process.stdout.columns ?? DEFAULT_COLUMNS);
  },
  get hasColor() {
    return shouldUseColor(process.env, Boolean(process.stdout.isTTY));
  },
};

export function columnsOf({ columns = DEFAULT_COLUMNS }: Output): number {
  return Math.max(MIN_COLUMNS, columns);
}

/** Follows no-color.org and force-color.org: `NO_COLOR` switches colour off, `FORCE_COLOR` switches it on. */
export function shouldUseColor(env: NodeJS.ProcessEnv, isTerminal: boolean): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false';
  return isTerminal && env.TERM !== 'dumb';
}
