/** A source of items that cannot be read. Names the source and the line; never what stands there. */
export class BatchSourceError extends Error {
  override readonly name = 'BatchSourceError';

  constructor(
    readonly source: string,
    readonly problem: string,
    /** From 1; absent when it is the whole source. */
    readonly line?: number,
  ) {
    super(`${source}${line === undefined ? '' : `, line ${line}`}: ${problem}`);
  }
}
