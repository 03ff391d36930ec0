/**
 * `invalid`: the content is wrong. `unreadable`: the source does not exist or may not be read. `interrupted`: a server or
 * the network failed, and a retry may succeed.
 */
export type SourceErrorKind = 'invalid' | 'unreadable' | 'interrupted';

/** Thrown when a source of items cannot be read. The message names the source and the line, never the content. */
export class BatchSourceError extends Error {
  override readonly name = 'BatchSourceError';

  constructor(
    readonly source: string,
    readonly problem: string,
    /** Line of the problem, from 1; absent when the problem concerns the whole source. */
    readonly line?: number,
    readonly kind: SourceErrorKind = 'invalid',
  ) {
    super(`${source}${line === undefined ? '' : `, line ${line}`}: ${problem}`);
  }
}
