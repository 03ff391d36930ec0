import leven from 'leven';
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
      const { type, details } = error as { type?: string; details?: Partial<CheckDetail>[] };
      const { field, problem, known = [] } = details?.[0] ?? {};
      if (type !== FailureTypes.InvalidInput || field === undefined || problem === undefined) throw error;
      const similar = findSimilar(field.split('.').at(-1) ?? '', known);
      throw new InvalidInputError(field, similar === undefined ? problem : `${problem}. Did you mean ${similar}?`);
    }
  }
}

interface CheckDetail {
  field: string;
  problem: string;
  /** The fields that are allowed in place of an unknown one. */
  known: string[];
}

/** Maximum number of letters in which a misspelt name differs. */
const MAX_DISTANCE = 3;

function findSimilar(name: string, known: string[]): string | undefined {
  const distanceTo = (other: string) => leven(name.toLowerCase(), other.toLowerCase());
  const [nearest] = [...known].sort((one, other) => distanceTo(one) - distanceTo(other));
  if (nearest === undefined) return undefined;
  return distanceTo(nearest) <= Math.min(MAX_DISTANCE, Math.floor(name.length / 2)) ? nearest : undefined;
}
