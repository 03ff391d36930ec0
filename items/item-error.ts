/** An item of a batch that cannot be stored. */
export class BatchItemError extends Error {
  override readonly name = 'BatchItemError';

  constructor(
    /** The item's place, from 0. */
    readonly index: number,
    readonly problem: string,
  ) {
    super(`item ${index} ${problem}`);
  }
}
