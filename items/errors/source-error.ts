/**
 * `invalid`: the content is wrong. `unreadable`: the source does not exist or may not be read. `interrupted`: a server or
 * the network failed, and a retry may succeed.
 */
export type SourceErrorKind = 'invalid' | 'unreadable' | 'interrupted';

/**
 * Thrown when a source of items cannot be read. The message names the source and the line, never the content but for the
 * names of its columns.
 */
export class BatchSourceError extends Error {
  override readonly name = 'BatchSourceError';

  constructor(
    readonly source: string,
    readonly problem: string,
    /** Line of the problem, from 1; absent when the problem concerns the whole source. */
    readonly line?: number,
    readonly kind: SourceErrorKind = 'invalid',
    /** What only the person who started the batch may see: the names of the columns. Not part of `problem`. */
    readonly note?: string,
  ) {
    super(`${describeProblem(source, problem, line)}${note === undefined ? '' : `; ${note}`}`);
  }

  /** The message without the note, for logs and histories. */
  get publicMessage(): string {
    return describeProblem(this.source, this.problem, this.line);
  }
}

function describeProblem(source: string, problem: string, line?: number): string {
  return `${source}${line === undefined ? '' : `, line ${line}`}: ${problem}`;
}
