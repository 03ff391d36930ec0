import { escapeText } from '../../contract';

/** The output of a command: results go to stdout, everything else goes to stderr. */
export interface Output {
  print(text: string): void;
  note(text: string): void;
  /** Waits until the reader of stdout has room for more. A command that prints many lines waits after each of them. */
  drained?(): Promise<void>;
  /** Whether prompts are possible, because a person uses a terminal. */
  isInteractive: boolean;
  /** Maximum width of lists, in columns. @default 80 */
  columns?: number;
  /** Whether the output is coloured. @default false */
  hasColor?: boolean;
}

/** Matches the codes that `applyStyle` (color.ts) writes. */
const OWN_STYLES = /(\u001b\[(?:1|22|3[1-369]|90)m)/;

const DEFAULT_COLUMNS = 80;
/** Minimum width of lists, in columns. In a narrower list, nothing useful could be read. */
const MIN_COLUMNS = 40;

export const processOutput: Output = {
  print: (text) => writeLine(process.stdout, text),
  note: (text) => writeLine(process.stderr, text),
  drained: () => untilWritten(process.stdout),
  isInteractive: Boolean(process.stdin.isTTY && process.stderr.isTTY),
  get columns() {
    const fromEnvironment = Number(process.env.COLUMNS);
    return fromEnvironment > 0 ? fromEnvironment : (process.stdout.columns ?? DEFAULT_COLUMNS);
  },
  get hasColor() {
    return shouldUseColor(process.env, Boolean(process.stdout.isTTY));
  },
};

/** Ends the process after everything that was printed has reached its reader, however slow the reader is. */
export async function exitWhenWritten(code: number): Promise<never> {
  await Promise.all([untilWritten(process.stdout), untilWritten(process.stderr)]);
  // A failed write sets `errored` at once, and emits 'error' only later: without this check the process would end first.
  for (const stream of [process.stdout, process.stderr])
    if (stream.errored) await recordWriteError(stream, stream.errored);
  process.exit(hasWriteFailed && code === 0 ? 1 : code);
}

/**
 * Ends the process when its output cannot be written. A reader that closes the pipe, as `head` does, has what it wanted,
 * so that is no failure.
 */
export function exitOnWriteErrors(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    void recordWriteError(process.stdout, error).then(() => process.exit(hasWriteFailed ? 1 : 0));
  });
  process.stderr.on('error', (error: NodeJS.ErrnoException) => {
    void recordWriteError(process.stderr, error);
    if (hasWriteFailed) process.exit(1);
  });
}

/** Whether some output is lost. The streams do not keep this: Node clears `errored` of stdout and stderr after the event. */
let hasWriteFailed = false;
let stdoutErrorNote: Promise<void> | undefined;

/** Records a failed write, and reports on stderr, once, that stdout cannot be written. */
async function recordWriteError(stream: NodeJS.WriteStream, { code, message }: NodeJS.ErrnoException): Promise<void> {
  if (code === 'EPIPE') return;
  hasWriteFailed = true;
  if (stream === process.stderr) return;
  stdoutErrorNote ??= new Promise((resolve) =>
    process.stderr.write(`stdout cannot be written: ${code ?? message}\n`, () => resolve()),
  );
  await stdoutErrorNote;
}

export function columnsOf({ columns = DEFAULT_COLUMNS }: Output): number {
  return Math.max(MIN_COLUMNS, columns);
}

/** Follows no-color.org and force-color.org: `NO_COLOR` switches colour off, `FORCE_COLOR` switches it on. */
export function shouldUseColor(env: NodeJS.ProcessEnv, isTerminal: boolean): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false';
  return isTerminal && env.TERM !== 'dumb';
}

/** Writes a line. On a terminal, nothing but the command's own styles takes effect, whoever wrote the text. */
function writeLine(stream: NodeJS.WriteStream, text: string): void {
  stream.write(`${stream.isTTY ? escapeForTerminal(text) : text}\n`);
}

export function escapeForTerminal(text: string): string {
  return text
    .split(OWN_STYLES)
    .map((part, index) => (index % 2 === 1 ? part : escapeText(part)))
    .join('');
}

function untilWritten(stream: NodeJS.WriteStream): Promise<void> {
  if (stream.writableLength === 0 || stream.destroyed) return Promise.resolve();
  return new Promise((resolve) => stream.write('', () => resolve()));
}
