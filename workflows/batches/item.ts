import {
  CancellationScope,
  type ChildWorkflowHandle,
  isCancellation,
  ParentClosePolicy,
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

/** A try to get an item done: of two items with one key, the first one's index. */
interface Try {
  index: number;
  attempt: number;
}

/** Says whether an item may be tried again; nothing to wait for when nothing holds it up, which is as it always was. */
export type MayTryAgain = () => true | Promise<boolean>;

/**
 * Works on one item until it has an end. Never throws.
 *
 * @param left what the page's former life has left of it
 */
export async function workOn(
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
    return { index, ...endOfFailure(error), attempts: 0 };
  }
  const workflowId = itemWorkflowId(page.batchId, page.template, { index, key });
  if (isTooLong(workflowId)) return { index, status: 'failed', type: FailureTypes.InvalidInput, attempts: 0 };
  const work = new Work(page, item, index, workflowId, mayTryAgain);
  const { attempts, ...end } = await work.done(left);
  return {
    index,
    ...(key !== undefined && { key }),
    ...end,
    ...(end.status !== 'not-started' && { attempts }),
  };
}

class Work {
  private attempt = 0;
  private first: number;

  constructor(
    private readonly page: PageInput,
    private readonly item: unknown,
    private readonly index: number,
    private readonly workflowId: string,
    private readonly mayTryAgain: MayTryAgain,
  ) {
    this.first = index;
  }

  async done(left?: WorkflowLook): Promise<End & { attempts: number }> {
    let end = left && (await this.taken(left));
    while (!end || this.isWorthAnotherTry(end)) {
      const may = end ? this.mayTryAgain() : true;
      if (end && may !== true && !(await may)) break;
      const next = await this.once({ index: this.first, attempt: ++this.attempt });
      if (next.status === 'not-started' && end) return { ...end, attempts: this.attempt - 1 };
      end = next;
    }
    return { ...end, attempts: this.attempt };
  }

  private isWorthAnotherTry(end: End): boolean {
    if (end.status !== 'failed' || isFinal(end) || this.attempt >= this.page.attempts) return false;
    return !CancellationScope.current().consideredCancelled;
  }

  /** Starts it, or follows who has done so. */
  private async once(one: Try): Promise<End> {
    const since = Date.now();
    let child: ChildWorkflowHandle<Workflow> | undefined;
    try {
      child = await this.start(one, one.attempt === 1);
    } catch (error) {
      if (!isThere(error)) return this.neverStarted(error);
    }
    if (child) return this.endOf(child);
    const look = await this.follow();
    if (!look) return { status: 'canceled', found: true };
    // It ended badly before this item came up, and not in this batch: it is done again, here.
    if (isForeign(look, this.page) && hasFailed(look) && Date.parse(look.endedAt ?? '') <= since) {
      try {
        return await this.endOf(await this.start(one, false));
      } catch (error) {
        if (!isThere(error)) return this.neverStarted(error);
        const next = await this.follow();
        return next ? this.taken(next) : { status: 'canceled', found: true };
      }
    }
    return this.taken(look);
  }

  private start({ index, attempt }: Try, isFirst: boolean): Promise<ChildWorkflowHandle<Workflow>> {
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

  private neverStarted(error: unknown): End {
    return isCancellation(error) ? { status: 'not-started' } : endOfFailure(error);
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
