import { makeContinueAsNewFunc, type Workflow, workflowInfo } from '@temporalio/workflow';
import { MemoKeys } from '../../contract/names';
import { gatesMemo } from './process-gates';

/**
 * Continues a process as new, with its memo, its chain of receipts and the messages about its open gates. The SDK's
 * `continueAsNew` carries none of them: the next execution begins a chain of its own, and sends its messages again.
 *
 * ```ts
 * await continueProcess<typeof payInvoices>({ ...input, page: page + 1 });
 * ```
 */
export async function continueProcess<F extends Workflow>(...args: Parameters<F>): Promise<never> {
  const { [MemoKeys.messages]: _former, ...memo } = workflowInfo().memo ?? {};
  return makeContinueAsNewFunc<F>({ memo: { ...memo, ...(await gatesMemo()) } })(...args);
}
