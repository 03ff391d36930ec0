import {
  CancellationScope,
  type ChildWorkflowHandle,
  isCancellation,
  ParentClosePolicy,
  patched,
  proxyActivities,
  startChild,
  type Workflow,
  WorkflowIdReusePolicy,
} from '@temporalio/workflow';
import type { DuvoActivities, WorkflowLook } from '../../activities';
import { cancelAgain, cancelCameTooEarly } from '../child-cancel';
import { FailureTypes } from '../contract';
import { CALL } from '../duvo-activities';
import { wasCancelled } from '../was-cancelled';
import { BATCH_ID_ATTRIBUTE, ITEM_MEMO, type ItemRow, itemWorkflowId } from './contract';
import { type End, endOfFailure, endOfLook, endOfResult, isFinal } from './item-end';
import { isTooLong } from './keys';
import type { PageInput } from './page-messages';
import { keyOf } from './template';
import { childOf } from './template-child';

/** Says whether an item may be tried again; nothing to wait for when nothing holds it up, which is as it always was. */
export type MayTryAgain = () => true | Promise<boolean>;

/**
 * Works on one item until it has an end, in the cancellation scope that is current. Never rejects.
 *
 * A page does this for each of its items, and what an item costs its workflow is mostly promises: the SDK notes where each
 * one was made. So the way of an item that is started, and completes, is one async function.
 *
 * @param left what the page's former life has left of it
 */
export function workOn(
  page: PageInput,
  item: unknown,
  index: number,
  mayTryAgain: MayTryAgain,
  left?: WorkflowLook,
): Promise<ItemRow> {
  let key: string | undefined;
  try {
    key = keyOf(item, page.keyField);
  } catch (error) {
    return Promise.resolve({ index, ...endOfFailure(error), attempts: 0 });
  }
  const workflowId = itemWorkflowId(page.batchId, page.template, { index, key });
  if (isTooLong(workflowId))
    return Promise.resolve({ index, status: 'failed', type: FailureTypes.InvalidInput, attempts: 0 });
  return new Work(page, item, index, key, workflowId, mayTryAgain).done(left);
}

class Work {
  private attempt = 0;
  /** Of two items with one key, the first one's index. */
  private first: number;

  constructor(
    private readonly page: PageInput,
    private readonly item: unknown,
    private readonly index: number,
    private readonly key: string | undefined,
    private readonly workflowId: string,
    private readonly mayTryAgain: MayTryAgain,
  ) {
    this.first = index;
  }

  async done(left?: WorkflowLook): Promise<ItemRow> {
    let end = left && (await this.taken(left));
    while (!end || this.isWorthAnotherTry(end)) {
      const may = end ? this.mayTryAgain() : true;
      if (end && may !== true && !(await may)) break;
      const since = Date.now();
      let next: End;
      let child: ChildWorkflowHandle<Workflow> | undefined;
      try {
        this.attempt++;
        child = await this.start(this.attempt === 1);
        if (cancelCameTooEarly()) await cancelAgain(child);
        next = endOfResult(this.page.template, await child.result());
      } catch (error) {
        next = child ? endOfFailure(error, this.page.template) : await this.refused(error, since);
        if (child) await aTurn();
      }
      if (next.status === 'not-started' && end) {
        this.attempt--;
        break;
      }
      end = next;
    }
    return this.row(end);
  }

  private row(end: End): ItemRow {
    const { index, key, attempt: attempts } = this;
    return { index, ...(key !== undefined && { key }), ...end, ...(end.status !== 'not-started' && { attempts }) };
  }

  private isWorthAnotherTry(end: End): boolean {
    if (end.status !== 'failed' || isFinal(end) || this.attempt >= this.page.attempts) return false;
    return !CancellationScope.current().consideredCancelled;
  }

  /** It was not started: follows who has done so. */
  private async refused(refusal: unknown, since: number): Promise<End> {
    if (!isThere(refusal)) return neverStarted(refusal);
    const look = await this.follow();
    if (!look) return { status: 'canceled', found: true };
    // It ended badly before this item came up, and not in this batch: it is done again, here.
    if (isForeign(look, this.page) && hasFailed(look) && Date.parse(look.endedAt ?? '') <= since) {
      try {
        return await this.endOf(await this.start(false));
      } catch (error) {
        if (!isThere(error)) return neverStarted(error);
        const next = await this.follow();
        return next ? this.taken(next) : { status: 'canceled', found: true };
      }
    }
    return this.taken(look);
  }

  private start(isFirst: boolean): Promise<ChildWorkflowHandle<Workflow>> {
    const { first: index, attempt } = this;
    const { batchId, priority } = this.page;
    const { REJECT_DUPLICATE, ALLOW_DUPLICATE_FAILED_ONLY } = WorkflowIdReusePolicy;
    const { type, taskQueue, args } = childOf(this.page, this.item);
    return startChild(type, {
      workflowId: this.workflowId,
      // What a page that dies has started goes on, and is found again by the next one.
      parentClosePolicy: ParentClosePolicy.ABANDON,
      workflowIdReusePolicy: isFirst ? REJECT_DUPLICATE : ALLOW_DUPLICATE_FAILED_ONLY,
      searchAttributes: { [BATCH_ID_ATTRIBUTE]: [batchId] },
      memo: { [ITEM_MEMO]: { index, attempt } },
      ...(priority && { priority }),
      ...(taskQueue && { taskQueue }),
      args,
    });
  }

  private async endOf(child: ChildWorkflowHandle<Workflow>): Promise<End> {
    try {
      if (cancelCameTooEarly()) await cancelAgain(child);
      return endOfResult(this.page.template, await child.result());
    } catch (error) {
      return endOfFailure(error, this.page.template);
    }
  }

  /** Somebody else has started it, or a page that died, or it is under way for another item of the same key. */
  private async taken(look: WorkflowLook): Promise<End> {
    const ended = look.status === 'RUNNING' ? await this.follow() : look;
    if (!ended) return { status: 'canceled', found: true };
    const { index, attempt } = ended.item ?? {};
    const end = endOfLook(this.page.template, ended);
    if (isForeign(ended, this.page)) return { ...end, found: true };
    this.attempt = Math.max(this.attempt, attempt ?? 1);
    if (index === undefined || index >= this.index) return end;
    this.first = index;
    return { ...end, duplicateOf: index };
  }

  /** @returns its end; nothing when this one is cancelled and it is not this batch's */
  private async follow(): Promise<WorkflowLook | undefined> {
    const { workflowId } = this;
    const { batchId, apiTaskQueue } = this.page;
    const { awaitWorkflow, cancelItem } = followers(apiTaskQueue, workflowId);
    try {
      return await awaitWorkflow({ workflowId });
    } catch (error) {
      if (!wasCancelled(error)) throw error;
      return CancellationScope.nonCancellable(async () => {
        if (await cancelItem({ workflowId, batchId })) return awaitWorkflow({ workflowId });
        return undefined;
      });
    }
  }
}

/**
 * The turn of the microtask queue before the next try, and in histories from before a try was one function the turn more
 * that it took: of items that go on in one workflow task, each must go on when it did then.
 */
async function aTurn(): Promise<void> {
  if (!patched('batch-page-2')) await Promise.resolve();
}

const neverStarted = (error: unknown): End => (isCancellation(error) ? { status: 'not-started' } : endOfFailure(error));
const isThere = (error: unknown) => (error as Error).name === 'WorkflowExecutionAlreadyStartedError';
/** One that is gone tells nobody whose it was. */
const isForeign = ({ status, batchId }: WorkflowLook, page: PageInput) => status !== 'GONE' && batchId !== page.batchId;
const hasFailed = ({ status }: WorkflowLook) => status !== 'COMPLETED' && status !== 'GONE';

function followers(taskQueue: string, workflowId: string) {
  // The attempts of what follows something are its polls: the coefficient must be 1 (duvo-activities.ts).
  return proxyActivities<DuvoActivities>({
    ...CALL,
    taskQueue,
    summary: `follow ${workflowId}`.slice(0, 200),
    retry: { initialInterval: '1s', backoffCoefficient: 1 },
  });
}
