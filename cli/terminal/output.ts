/** Where a command writes: results to stdout, everything else to stderr. */
export interface Output {
  print(text: string): void;
  note(text: string): void;
  /** Whether a person at a terminal can be asked. */
  isInteractive: boolean;
  /** The width that lists fit. @default 80 */
  columns?: number;
  /** @default false */
  hasColor?: boolean;
}

const DEFAULT_COLUMNS = 80;
/** Narrower lists show nothing that helps. */
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

/** The conventions of no-color.org and force-color.org: `NO_COLOR` switches colour off, `FORCE_COLOR` on. */
export function shouldUseColor(env: NodeJS.ProcessEnv, isTerminal: boolean): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false';
  return isTerminal && env.TERM !== 'dumb';
}
