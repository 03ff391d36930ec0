import {
  ApplicationFailure,
  CancellationScope,
  type ChildWorkflowHandle,
  isCancellation,
  ParentClosePolicy,
  patched,
  startChild,
  type Workflow,
  WorkflowIdReusePolicy,
} from '@temporalio/workflow';
import type { WorkflowSnapshot } from '../../activities';
import { resendCancel, wasCancelledBeforeStart } from '../process/child-cancel';
import { FailureTypes } from '../../contract/failures';
import {
  BATCH_ID_SEARCH_ATTRIBUTE,
  BATCH_ITEM_MEMO_KEY,
  type ItemRow,
  itemWorkflowId,
} from '../../contract/batch-contract';
import { followItem } from './follow-item';
import { type ItemEnd, endFromFailure, endFromWorkflow, endFromResult, isNonRetryable } from './item-end';
import { isWorkflowIdTooLong } from '../../contract/item-keys';
import type { PageInput } from './page-messages';
import type { PageRevision } from './page-revision';
import { readItemKey } from '../../contract/template';
import { toItemWorkflow } from './item-workflow';

/** Says whether an item may be tried again; nothing to wait for when nothing holds it up, which is as it always was. */
export type RetryCheck = () => true | Promise<boolean>;

export interface ItemTask {
  page: PageInput;
  revision: PageRevision;
  item: unknown;
  index: number;
  canRetry: RetryCheck;
  /** What the page's former life has left of it. */
  previous?: WorkflowSnapshot;
}

/**
 * Works on one item until it has an end, in the cancellation scope that is current.
 *
 * A page does this for each of its items, and what an item costs its workflow is mostly promises: the SDK notes where each
 * one was made, and to enter a scope costs some, too. So an item that is started, and completes, goes by callbacks, without
 * an async function of ours, and a page enters its scope once for all that it starts.
 *
 * @param onEnd is called once, in a later turn, and in that scope
 */
export function runItem(task: ItemTask, onEnd: (row: ItemRow) => void): void {
  const { index, revision, previous } = task;
  // Work should not reject; if it does, the page goes on.
  const onError = (error: unknown) => onEnd({ index, ...endFromFailure(error), attempts: 0 });
  let work: ItemRunner;
  try {
    work = new ItemRunner(task);
  } catch (error) {
    void Promise.reject(error as Error).catch(onError);
    return;
  }
  if (previous || revision < 3) void work.run(previous && work.followExisting(previous)).then(onEnd, onError);
  else work.inCallbacks(onEnd, onError);
}

class ItemRunner {
  private attempt = 0;
  private readonly page: PageInput;
  private readonly index: number;
  private readonly key: string | undefined;
  private readonly workflowId: string;
  /** Of two items with one key, the first one's index. */
  private firstIndex: number;

  /** @throws ApplicationFailure `Duvo.InvalidInput` when its key cannot be one */
  constructor(private readonly task: ItemTask) {
    const { page, item, index } = task;
    this.page = page;
    this.index = index;
    this.firstIndex = index;
    this.key = readItemKey(item, page.keyField);
    this.workflowId = itemWorkflowId(page.batchId, page.template, { index, key: this.key });
    if (isWorkflowIdTooLong(this.workflowId))
      throw ApplicationFailure.nonRetryable('its key is too long', FailureTypes.InvalidInput);
  }

  /** Anything but a first try that completes goes on in {@link run}. */
  inCallbacks(ended: (row: ItemRow) => void, failed: (error: unknown) => void): void {
    const since = Date.now();
    const goOn = (end: Promise<ItemEnd> | ItemEnd) => void this.run(end).then(ended, failed);
    this.attempt++;
    let started: Promise<ChildWorkflowHandle<Workflow>>;
    try {
      started = this.startChildWorkflow(true);
    } catch (error) {
      return goOn(endFromStartFailure(error));
    }
    started.then(
      (child) => {
        if (wasCancelledBeforeStart()) void resendCancel(child);
        child.result().then(
          (result) => ended(this.toRow(endFromResult(this.page.template, result))),
          (error: unknown) => goOn(endFromFailure(error, this.page.template)),
        );
      },
      (error: unknown) => goOn(this.handleStartRefusal(error, since)),
    );
  }

  /** @param first what became of it so far; nothing when it is to be started */
  async run(first?: Promise<ItemEnd> | ItemEnd): Promise<ItemRow> {
    let end = first && (await first);
    while (!end || this.shouldRetry(end)) {
      const may = end ? this.task.canRetry() : true;
      if (end && may !== true && !(await may)) break;
      const since = Date.now();
      let next: ItemEnd;
      let child: ChildWorkflowHandle<Workflow> | undefined;
      try {
        this.attempt++;
        child = await this.startChildWorkflow(this.attempt === 1);
        if (wasCancelledBeforeStart()) await resendCancel(child);
        next = endFromResult(this.page.template, await child.result());
      } catch (error) {
        next = child ? endFromFailure(error, this.page.template) : await this.handleStartRefusal(error, since);
        if (child && this.task.revision < 3) await aTurn();
      }
      if (next.status === 'not-started' && end) {
        this.attempt--;
        break;
      }
      end = next;
    }
    return this.toRow(end);
  }

  private toRow(end: ItemEnd): ItemRow {
    const { index, key, attempt: attempts } = this;
    return { index, ...(key !== undefined && { key }), ...end, ...(end.status !== 'not-started' && { attempts }) };
  }

  private shouldRetry(end: ItemEnd): boolean {
    if (end.status !== 'failed' || isNonRetryable(end) || this.attempt >= this.page.attempts) return false;
    return !CancellationScope.current().consideredCancelled;
  }

  /** It was not started: follows who has done so. */
  private async handleStartRefusal(refusal: unknown, since: number): Promise<ItemEnd> {
    if (!isAlreadyStartedError(refusal)) return endFromStartFailure(refusal);
    const look = await followItem(this.page, this.workflowId);
    if (!look) return { status: 'canceled', found: true };
    // It ended badly before this item came up, and not in this batch: it is done again, here.
    if (isOfOtherBatch(look, this.page) && hasFailed(look) && Date.parse(look.endedAt ?? '') <= since) {
      try {
        return await this.awaitEnd(await this.startChildWorkflow(false));
      } catch (error) {
        if (!isAlreadyStartedError(error)) return endFromStartFailure(error);
        const next = await followItem(this.page, this.workflowId);
        return next ? this.followExisting(next) : { status: 'canceled', found: true };
      }
    }
    return this.followExisting(look);
  }

  private startChildWorkflow(isFirst: boolean): Promise<ChildWorkflowHandle<Workflow>> {
    const { firstIndex: index, attempt } = this;
    const { batchId, priority } = this.page;
    const { REJECT_DUPLICATE, ALLOW_DUPLICATE_FAILED_ONLY } = WorkflowIdReusePolicy;
    const { type, taskQueue, args } = toItemWorkflow(this.page, this.task.item);
    return startChild(type, {
      workflowId: this.workflowId,
      // What a page that dies has started goes on, and is found again by the next one.
      parentClosePolicy: ParentClosePolicy.ABANDON,
      workflowIdReusePolicy: isFirst ? REJECT_DUPLICATE : ALLOW_DUPLICATE_FAILED_ONLY,
      searchAttributes: { [BATCH_ID_SEARCH_ATTRIBUTE]: [batchId] },
      memo: { [BATCH_ITEM_MEMO_KEY]: { index, attempt } },
      ...(priority && { priority }),
      ...(taskQueue && { taskQueue }),
      args,
    });
  }

  private async awaitEnd(child: ChildWorkflowHandle<Workflow>): Promise<ItemEnd> {
    try {
      if (wasCancelledBeforeStart()) await resendCancel(child);
      return endFromResult(this.page.template, await child.result());
    } catch (error) {
      return endFromFailure(error, this.page.template);
    }
  }

  /** Somebody else has started it, or a page that died, or it is under way for another item of the same key. */
  async followExisting(look: WorkflowSnapshot): Promise<ItemEnd> {
    const ended = look.status === 'RUNNING' ? await followItem(this.page, this.workflowId) : look;
    if (!ended) return { status: 'canceled', found: true };
    const { index, attempt } = ended.item ?? {};
    const end = endFromWorkflow(this.page.template, ended);
    if (isOfOtherBatch(ended, this.page)) return { ...end, found: true };
    this.attempt = Math.max(this.attempt, attempt ?? 1);
    if (index === undefined || index >= this.index) return end;
    this.firstIndex = index;
    return { ...end, duplicateOf: index };
  }
}

/**
 * The turn of the microtask queue before the next try, and in histories from before a try was one function the turn more
 * that it took: of items that go on in one workflow task, each must go on when it did then. A page of the first revision
 * that lives on asks this when it is past its replay, is told yes, and has that in its history: so it is asked here, each
 * time, and not of the page's revision.
 */
async function aTurn(): Promise<void> {
  if (!patched('batch-page-2')) await Promise.resolve();
}

const endFromStartFailure = (error: unknown): ItemEnd =>
  isCancellation(error) ? { status: 'not-started' } : endFromFailure(error);
const isAlreadyStartedError = (error: unknown) => (error as Error).name === 'WorkflowExecutionAlreadyStartedError';
/** One that is gone tells nobody whose it was. */
const isOfOtherBatch = ({ status, batchId }: WorkflowSnapshot, page: PageInput) =>
  status !== 'GONE' && batchId !== page.batchId;
const hasFailed = ({ status }: WorkflowSnapshot) => status !== 'COMPLETED' && status !== 'GONE';
