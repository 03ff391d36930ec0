import { type ExportedReceipt, hashReceipt, NO_RECEIPT_HASH } from './receipts';

/** The result of a verification without a wrong row. */
export interface ReceiptsSummary {
  receipts: number;
  chains: number;
  /** Number of chains whose first receipts are not in the file, as after an export with `since`. */
  lateChains: number;
  /** Number of receipts that follow an earlier receipt than the last one: the workflow was reset between them. */
  branches: number;
}

/** Checks exported receipts, row by row: the hash of each row, and that each chain is whole. */
export class ReceiptVerifier {
  private readonly numbers = new Map<string, Map<string, number>>();
  private readonly lastNumbers = new Map<string, number>();
  private receipts = 0;
  private lateChains = 0;
  private branches = 0;

  /** Checks the next row. Returns which field is wrong and why, or `undefined`. */
  add(row: unknown): string | undefined {
    if (!isReceipt(row)) return 'is not a receipt: chain, n, previous or hash is missing or has another type';
    const { chain, n, previous, hash, omitted } = row;
    if (hashReceipt(row) !== hash) return 'hash: does not fit the row: a field of the row was changed';
    if (omitted !== undefined) return `omitted: the workflow has left out ${omitted} receipts before this one`;
    const numbers = this.numbers.get(chain);
    if (numbers?.has(hash)) return 'is a duplicate of an earlier row';
    const problem = numbers ? this.findBreak(row, numbers) : findWrongStart(row);
    if (problem) return problem;
    if (!numbers && n > 1) this.lateChains++;
    const lastNumber = this.lastNumbers.get(chain) ?? 0;
    if (numbers && n <= lastNumber) this.branches++;
    this.lastNumbers.set(chain, Math.max(n, lastNumber));
    this.numbers.set(chain, (numbers ?? new Map<string, number>([[previous, n - 1]])).set(hash, n));
    this.receipts++;
    return undefined;
  }

  get summary(): ReceiptsSummary {
    const { receipts, numbers, lateChains, branches } = this;
    return { receipts, chains: numbers.size, lateChains, branches };
  }

  private findBreak({ chain, n, previous }: ExportedReceipt, numbers: Map<string, number>): string | undefined {
    const numberBefore = numbers.get(previous);
    if (numberBefore !== undefined)
      return n === numberBefore + 1 ? undefined : `n: is ${n}, and the receipt before it has ${numberBefore}`;
    const lastNumber = this.lastNumbers.get(chain) ?? 0;
    if (n > lastNumber + 1) return `n: the receipts ${lastNumber + 1} to ${n - 1} of this chain are missing`;
    return 'previous: no earlier row of this chain has this hash';
  }
}

function findWrongStart({ n, previous }: ExportedReceipt): string | undefined {
  if (n === 1 && previous !== NO_RECEIPT_HASH) return 'previous: must be 64 zeros in the first receipt of a chain';
  if (n > 1 && previous === NO_RECEIPT_HASH) return `n: must be 1 in the first receipt of a chain, and is ${n}`;
  return undefined;
}

function isReceipt(row: unknown): row is ExportedReceipt {
  const { chain, n, previous, hash } = (row ?? {}) as Record<string, unknown>;
  const areTexts = [chain, previous, hash].every((text) => typeof text === 'string' && text !== '');
  return areTexts && Number.isSafeInteger(n) && (n as number) >= 1;
}
