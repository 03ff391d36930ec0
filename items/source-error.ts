/**
 * `invalid`: what stands in it is wrong. `unreadable`: it is not there, or may not be read. `interrupted`: a server or the
 * network fails, and another try may go better.
 */
export type SourceErrorKind = 'invalid' | 'unreadable' | 'interrupted';

/** A source of items that cannot be read. Names the source and the line; never what stands there. */
export class BatchSourceError extends Error {
  override readonly name = 'BatchSourceError';

  constructor(
    readonly source: string,
    readonly problem: string,
    /** From 1; absent when it is the whole source. */
    readonly line?: number,
    readonly kind: SourceErrorKind = 'invalid',
  ) {
    super(`${source}${line === undefined ? '' : `, line ${line}`}: ${problem}`);
  }
}
