import {
  ApplicationFailure,
  CancellationScope,
  type ChildWorkflowHandle,
  isCancellation,
  ParentClosePolicy,
  startChild,
  type Workflow,
  WorkflowIdReusePolicy,
} from '@temporalio/workflow';
import type { AwaitedWorkflow, WorkflowSnapshot } from '../../../activities';
import {
  BATCH_ID_SEARCH_ATTRIBUTE,
  BATCH_ITEM_MEMO_KEY,
  type BatchTemplate,
  type ItemRow,
  itemWorkflowId,
} from '../../../contract/batches/batch-contract';
import { FailureTypes } from '../../../contract/failures';
import { MemoKeys } from '../../../contract/names';
import { isWorkflowIdTooLong, readItemKey } from '../../../contract/batches/template';
import { starterMemo } from '../../gates/starter';
import { resendCancel, wasCancelledBeforeStart } from '../../process/child-workflows';
import { followItem } from './follow-item';
import type { ItemContext } from './item-context';
import {
  endFromFailure,
  endFromResult,
  endFromWorkflow,
  hasCompleted,
  type ItemEnd,
  isNonRetryable,
  keyConflict,
} from './item-end';
import { renderItem } from './render-item';

export interface ItemTask {
  context: ItemContext;
  item: unknown;
  /** The item's position in the batch, from 0. */
  index: number;
  /** Waits until the item may be started again. Resolves to false when no attempt may start any more. */
  canRetry: () => Promise<boolean>;
  /** Digest of what the item starts; absent when no other workflow can have its id, or when the template does not fit. */
  digest?: string;
  /** The item's workflow, if an earlier run of this page started it. */
  previous?: WorkflowSnapshot;
}

type ReusePolicy = 'REJECT_DUPLICATE' | 'ALLOW_DUPLICATE_FAILED_ONLY' | 'ALLOW_DUPLICATE';

/**
 * Runs one item as a child workflow, retries it while attempts are left, and returns the item's row. An item whose
 * workflow exists already is followed instead. A cancellation of the current scope cancels the item.
 *
 * @throws ApplicationFailure `Duvo.InvalidInput` when the item's key cannot be part of a workflow id
 */
export async function runItem(task: ItemTask): Promise<ItemRow> {
  const run = new ItemRun(task);
  let end = task.previous ? await run.adopt(task.previous) : await run.attempt();
  while (run.shouldRetry(end) && (await task.canRetry())) {
    const next = await run.attempt();
    // A cancellation came before the child started: the row keeps the end of the attempt before it.
    if (next.status === 'not-started') return run.toRow(end, run.attempts - 1);
    end = next;
  }
  return run.toRow(end);
}

class ItemRun {
  /** Attempts so far, those of an earlier run of the page included. */
  attempts = 0;
  /** Whether a workflow of the item exists or existed. */
  private hasWorkflow = false;
  /** Temporal's run id of the latest execution that is known of the item's workflow id. */
  private executionRunId?: string;
  /** Index of the first item of the batch that has the same key. */
  private firstIndex: number;
  private readonly key: string | undefined;
  private readonly workflowId: string;

  constructor(private readonly task: ItemTask) {
    const { context, item, index } = task;
    this.firstIndex = index;
    this.key = readItemKey(item, context.keyField);
    this.workflowId = itemWorkflowId(context.batchId, context.template, { index, key: this.key });
    if (isWorkflowIdTooLong(this.workflowId))
      throw ApplicationFailure.nonRetryable('its key is too long', FailureTypes.InvalidInput);
  }

  /** Starts the item's workflow and waits for its end. */
  async attempt(): Promise<ItemEnd> {
    const { template } = this.task.context;
    this.attempts++;
    let child: ChildWorkflowHandle<Workflow> | undefined;
    try {
      child = await this.start(this.attempts === 1 ? 'REJECT_DUPLICATE' : 'ALLOW_DUPLICATE_FAILED_ONLY');
      this.hasWorkflow = true;
      this.executionRunId = child.firstExecutionRunId;
      if (wasCancelledBeforeStart()) await resendCancel(child);
      return endFromResult(template, await child.result());
    } catch (error) {
      if (child) return endFromFailure(error, template);
      return isAlreadyStarted(error) ? this.followExisting() : endFromStartFailure(error, template);
    }
  }

  /** Takes over a workflow of this item that exists already. */
  async adopt(snapshot: WorkflowSnapshot): Promise<ItemEnd> {
    this.hasWorkflow = true;
    const { context, index: ownIndex } = this.task;
    const ended = snapshot.status === 'RUNNING' ? await followItem(context, this.workflowId) : snapshot;
    if (!ended) return { status: 'canceled', alreadyStarted: true };
    this.executionRunId = ended.executionRunId;
    const end = endFromWorkflow(context.template, ended);
    if (isOfOtherBatch(ended, context)) return { ...end, alreadyStarted: true };
    const { index, attempt } = ended.item ?? {};
    this.attempts = Math.max(this.attempts, attempt ?? 1);
    if (index === undefined || index >= ownIndex) return end;
    this.firstIndex = index;
    return { ...end, duplicateOf: index };
  }

  shouldRetry(end: ItemEnd): boolean {
    if (end.status !== 'failed' || isNonRetryable(end) || this.attempts >= this.task.context.attempts) return false;
    return !CancellationScope.current().consideredCancelled;
  }

  toRow(end: ItemEnd, attempts = this.attempts): ItemRow {
    const { key } = this;
    return {
      index: this.task.index,
      ...(key !== undefined && { key }),
      ...end,
      ...(end.status !== 'not-started' && this.hasWorkflow && { attempts }),
    };
  }

  /** The item's workflow id is taken: follows that workflow, replaces it, or refuses it because it is other work. */
  private async followExisting(): Promise<ItemEnd> {
    const { context, digest } = this.task;
    const existing = await followItem(context, this.workflowId, digest);
    const reusePolicy = existing && this.chooseReplacement(existing);
    if (!reusePolicy) return this.adoptIfSameWork(existing);
    this.executionRunId = existing.executionRunId;
    try {
      return await this.awaitEnd(await this.start(reusePolicy));
    } catch (error) {
      if (!isAlreadyStarted(error)) return endFromStartFailure(error, context.template);
      return this.adoptIfSameWork(await followItem(context, this.workflowId, digest));
    }
  }

  /** Returns how to start the item in place of an ended workflow with its id; `undefined` when it is not replaced. */
  private chooseReplacement(existing: AwaitedWorkflow): ReusePolicy | undefined {
    if (this.isOtherWork(existing)) {
      // A run that may be active keeps its key, as in `runs.start`.
      const isReplaceable = this.key === undefined || existing.isReplaceable;
      if (hasFailed(existing) && isReplaceable) return 'ALLOW_DUPLICATE_FAILED_ONLY';
      // Without keys, a place in the batch is an id, and an earlier source of the batch may have had another item there.
      return this.key === undefined && hasCompleted(existing) ? 'ALLOW_DUPLICATE' : undefined;
    }
    const hadFailed = hasFailed(existing) && existing.hadEnded;
    return isOfOtherBatch(existing, this.task.context) && hadFailed ? 'ALLOW_DUPLICATE_FAILED_ONLY' : undefined;
  }

  private async adoptIfSameWork(existing: WorkflowSnapshot | undefined): Promise<ItemEnd> {
    if (existing && this.isOtherWork(existing)) return keyConflict(this.workflowId);
    this.hasWorkflow = true;
    return existing ? this.adopt(existing) : { status: 'canceled', alreadyStarted: true };
  }

  /** Whether the workflow has another input than this item. A workflow of another caller must show that it has the same. */
  private isOtherWork({ status, inputDigest, batchId }: WorkflowSnapshot): boolean {
    const { digest, context } = this.task;
    if (digest === undefined || status === 'GONE') return false;
    return inputDigest === undefined ? batchId !== context.batchId : inputDigest !== digest;
  }

  private start(reusePolicy: ReusePolicy): Promise<ChildWorkflowHandle<Workflow>> {
    const { context, item, digest } = this.task;
    const { type, taskQueue, args } = renderItem(context, item);
    // A run that is the first one of its workflow id need not look for a former one.
    const former = reusePolicy === 'REJECT_DUPLICATE' ? '' : this.executionRunId;
    return startChild(type, {
      workflowId: this.workflowId,
      // The child outlives a page that dies: the page's next run finds it by its id.
      parentClosePolicy: ParentClosePolicy.ABANDON,
      workflowIdReusePolicy: WorkflowIdReusePolicy[reusePolicy],
      searchAttributes: { [BATCH_ID_SEARCH_ATTRIBUTE]: [context.batchId] },
      memo: {
        ...starterMemo(),
        [BATCH_ITEM_MEMO_KEY]: { index: this.firstIndex, attempt: this.attempts },
        ...(digest !== undefined && { [MemoKeys.inputDigest]: digest }),
        ...(former !== undefined && { [MemoKeys.former]: former }),
      },
      ...(context.priority && { priority: context.priority }),
      ...(taskQueue && { taskQueue }),
      args,
    });
  }

  private async awaitEnd(child: ChildWorkflowHandle<Workflow>): Promise<ItemEnd> {
    this.hasWorkflow = true;
    const { template } = this.task.context;
    try {
      if (wasCancelledBeforeStart()) await resendCancel(child);
      return endFromResult(template, await child.result());
    } catch (error) {
      return endFromFailure(error, template);
    }
  }
}

const endFromStartFailure = (error: unknown, template: BatchTemplate): ItemEnd =>
  isCancellation(error) ? { status: 'not-started' } : endFromFailure(error, template);

// Tests `name`: `instanceof` fails when the class comes from another JavaScript realm.
const isAlreadyStarted = (error: unknown) => (error as Error).name === 'WorkflowExecutionAlreadyStartedError';

/** A workflow that retention has deleted no longer shows its batch: it counts as this batch's. */
const isOfOtherBatch = ({ status, batchId }: WorkflowSnapshot, context: ItemContext) =>
  status !== 'GONE' && batchId !== context.batchId;

const hasFailed = (workflow: WorkflowSnapshot) =>
  !hasCompleted(workflow) && !['RUNNING', 'GONE'].includes(workflow.status);
