/** The chain of receipts of a process, which its memo carries through continue-as-new. */
import { workflowInfo } from '@temporalio/workflow';
import type { ReceiptHead } from '../../contract/gates/receipts';
import { MemoKeys } from '../../contract/names';
import type { GateBook, ReceiptLog } from '../gates/gate-types';
import { continueReceiptLog, startReceiptLog } from '../gates/receipt-log';

/** Returns the field of the next execution's memo; none before the first gate of the chain. */
export function receiptsMemo(book: GateBook | undefined): Record<string, unknown> {
  const { chain, n, hash } = book?.receipts ?? carriedReceiptHead() ?? {};
  if (chain === undefined) return {};
  return { [MemoKeys.receipts]: { chain, n, hash, continues: workflowInfo().runId } };
}

export function openReceiptLog(): ReceiptLog {
  const carried = carriedReceiptHead();
  // A reset keeps this id, so that a decision which was made before the reset keeps its receipt.
  return carried ? continueReceiptLog(carried) : startReceiptLog(workflowInfo().originalExecutionRunId);
}

function carriedReceiptHead(): ReceiptHead | undefined {
  const { memo, continuedFromExecutionRunId } = workflowInfo();
  const carried = memo?.[MemoKeys.receipts] as (ReceiptHead & { continues: string }) | undefined;
  return carried && carried.continues === continuedFromExecutionRunId ? carried : undefined;
}
