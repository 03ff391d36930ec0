import { makeContinueAsNewFunc, type Workflow, workflowInfo } from '@temporalio/workflow';
import { MemoKeys } from '../../contract/names';
import { currentReceiptHead } from './process-gates';

/**
 * Continues a process as new, with its memo and its chain of receipts. The SDK's `continueAsNew` carries neither: the next
 * execution then begins a chain of its own.
 *
 * ```ts
 * await continueProcess<typeof payInvoices>({ ...input, page: page + 1 });
 * ```
 */
export function continueProcess<F extends Workflow>(...args: Parameters<F>): Promise<never> {
  const { memo, runId } = workflowInfo();
  const head = currentReceiptHead();
  return makeContinueAsNewFunc<F>({
    memo: { ...memo, ...(head && { [MemoKeys.receipts]: { ...head, continues: runId } }) },
  })(...args);
}
