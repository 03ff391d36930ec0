import {
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  executeChild,
  isCancellation,
  ParentClosePolicy,
  proxyActivities,
  TemporalFailure,
  WorkflowIdReusePolicy,
} from '@temporalio/workflow';
import type { DuvoActivities } from '../../activities';
import { AGENT_RUN } from '../contract';
import { CALL } from '../duvo-activities';
import { BATCH_ID_ATTRIBUTE, type ItemRow, itemWorkflowId } from './contract';
import type { PageInput } from './batch-page';
import { keyOf, render, textOf } from './template';

/** Works on one item until it has an end. Never throws. */
export async function workOn(page: PageInput, item: unknown, index: number): Promise<ItemRow> {
  let key: string | undefined;
  let attempts = 0;
  try {
    key = keyOf(item, page.keyField);
    for (;;) {
      attempts++;
      try {
        await once(page, item, { index, key }, attempts);
        return { index, ...(key !== undefined && { key }), status: 'completed', attempts };
      } catch (error) {
        if (isCancellation(error) || attempts >= page.attempts || isFinal(error)) throw error;
      }
    }
  } catch (error) {
    const { type, canceled } = endOf(error);
    const status = canceled ? 'canceled' : 'failed';
    return { index, ...(key !== undefined && { key }), status, ...(type && { type }), attempts };
  }
}

async function once(
  page: PageInput,
  item: unknown,
  row: { index: number; key?: string },
  attempt: number,
): Promise<void> {
  const { template, batchId, apiTaskQueue } = page;
  if ('case' in template) return followCase(page, render(template.case, item), `${row.key ?? row.index}/${attempt}`);
  const workflowId = itemWorkflowId(batchId, template, row);
  const options = {
    workflowId,
    // What a page that dies has started goes on, and is found again by the next one.
    parentClosePolicy: ParentClosePolicy.ABANDON,
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
    searchAttributes: { [BATCH_ID_ATTRIBUTE]: [batchId] },
    ...(page.priority && { priority: page.priority }),
  };
  try {
    if ('run' in template) {
      const input = render(template.run, item);
      await executeChild(AGENT_RUN, { ...options, args: [{ apiTaskQueue, ...input }] });
    } else {
      const { type, taskQueue } = template.workflow;
      await executeChild(type, { ...options, ...(taskQueue && { taskQueue }), args: [item] });
    }
  } catch (error) {
    if ((error as Error).name !== 'WorkflowExecutionAlreadyStartedError') throw error;
    await followWorkflow(apiTaskQueue, workflowId, batchId);
  }
}

/** Somebody else has started it, or a page that died: its end is this item's. */
async function followWorkflow(taskQueue: string, workflowId: string, batchId: string): Promise<void> {
  const { awaitWorkflow, cancelItem } = followers(taskQueue, workflowId);
  let end: { status: string; type?: string };
  try {
    end = await awaitWorkflow({ workflowId });
  } catch (error) {
    if (!isCancellation(error)) throw error;
    end = await CancellationScope.nonCancellable(async () => {
      if (!(await cancelItem({ workflowId, batchId }))) throw error;
      return awaitWorkflow({ workflowId });
    });
  }
  const { status, type } = end;
  if (status === 'COMPLETED') return;
  if (status === 'CANCELLED') throw new CancelledFailure('the workflow was cancelled');
  throw ApplicationFailure.nonRetryable(`the workflow ended as ${status}`, type ?? `Duvo.Item.${status}`);
}

async function followCase(
  page: PageInput,
  { queueId, ...newCase }: { queueId: string; title: string; data?: string; priority?: string },
  step: string,
): Promise<void> {
  const { createCases, awaitCase } = followers(page.apiTaskQueue, `case of item ${step}`);
  // A case takes texts alone; a placeholder that stands alone keeps its field's type.
  const texts = Object.entries(newCase).map(([name, value]) => [name, textOf(value)] as const);
  const cases = [Object.fromEntries(texts)] as unknown as Parameters<DuvoActivities['createCases']>[0]['cases'];
  const [created] = await createCases({ queueId: textOf(queueId), cases, key: `${page.batchId}/case/${step}` });
  const { status } = await awaitCase({ caseId: created?.id ?? '' });
  if (status !== 'completed') throw ApplicationFailure.nonRetryable('the case failed', 'Duvo.CaseFailed');
}

function followers(taskQueue: string, summary: string) {
  // The attempts of what follows something are its polls: the coefficient must be 1 (duvo-activities.ts).
  return proxyActivities<DuvoActivities>({
    ...CALL,
    taskQueue,
    summary: `follow ${summary}`.slice(0, 200),
    retry: { initialInterval: '1s', backoffCoefficient: 1 },
  });
}

/** What no other try would change. */
function isFinal(error: unknown): boolean {
  return error instanceof ApplicationFailure && error.type === 'Duvo.InvalidInput';
}

function endOf(error: unknown): { type?: string; canceled: boolean } {
  if (isCancellation(error)) return { canceled: true };
  let at: unknown = error;
  while (at instanceof TemporalFailure && !(at instanceof ApplicationFailure) && at.cause) at = at.cause;
  const { type, name } = at as { type?: string | null; name?: string };
  return { type: type ?? name, canceled: false };
}
