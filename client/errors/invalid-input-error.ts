import { FailureTypes } from '../../contract/failures';

/** An input that is refused before anything is started. The message names the field, what is wrong with it, and the fix. */
export class InvalidInputError extends Error {
  override readonly name = 'InvalidInputError';
  readonly type = FailureTypes.InvalidInput;

  constructor(
    readonly field: string,
    readonly problem: string,
  ) {
    super(`${field} ${problem}`);
  }

  /** Runs a check of the contract, and throws its failure `Duvo.InvalidInput` as an InvalidInputError. */
  static fromCheck<T>(check: () => T): T {
    try {
      return check();
    } catch (error) {
      const { type, details } = error as { type?: string; details?: { field?: string; problem?: string }[] };
      const { field, problem } = details?.[0] ?? {};
      if (type !== FailureTypes.InvalidInput || field === undefined || problem === undefined) throw error;
      throw new InvalidInputError(field, problem);
    }
  }
}
