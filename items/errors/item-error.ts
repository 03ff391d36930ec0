/** Thrown when an item of a batch cannot be stored. */
export class BatchItemError extends Error {
  override readonly name = 'BatchItemError';

  constructor(
    /** Position of the item in the batch, from 0. */
    readonly index: number,
    readonly problem: string,
  ) {
    super(`item ${index} ${problem}`);
  }
}
