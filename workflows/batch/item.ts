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
import type { WorkflowLook } from '../../activities';
import { cancelAgain, cancelCameTooEarly } from '../process/child-cancel';
import { FailureTypes } from '../../contract/run-contract';
import { BATCH_ID_ATTRIBUTE, ITEM_MEMO, type ItemRow, itemWorkflowId } from '../../contract/batch-contract';
import { followItem } from './follow-item';
import { type End, endOfFailure, endOfLook, endOfResult, isFinal } from './item-end';
import { isTooLong } from '../../contract/keys';
import type { PageInput } from './page-messages';
import type { PageRevision } from './page-revision';
import { keyOf } from '../../contract/template';
import { childOf } from './template-child';

/** Says whether an item may be tried again; nothing to wait for when nothing holds it up, which is as it always was. */
export type MayTryAgain = () => true | Promise<boolean>;

export interface ItemWork {
  page: PageInput;
  revision: PageRevision;
  item: unknown;
  index: number;
  mayTryAgain: MayTryAgain;
  /** What the page's former life has left of it. */
  left?: WorkflowLook;
}

/**
 * Works on one item until it has an end, in the cancellation scope that is current.
 *
 * A page does this for each of its items, and what an item costs its workflow is mostly promises: the SDK notes where each
 * one was made, and to enter a scope costs some, too. So an item that is started, and completes, goes by callbacks, without
 * an async function of ours, and a page enters its scope once for all that it starts.
 *
 * @param ended is called once, in a later turn, and in that scope
 */
export function workOn(given: ItemWork, ended: (row: ItemRow) => void): void {
  const { index, revision, left } = given;
  // Work should not reject; if it does, the page goes on.
  const failed = (error: unknown) => ended({ index, ...endOfFailure(error), attempts: 0 });
  let work: Work;
  try {
    work = new Work(given);
  } catch (error) {
    void Promise.reject(error as Error).catch(failed);
    return;
  }
  if (left || revision < 3) void work.toTheEnd(left && work.taken(left)).then(ended, failed);
  else work.inCallbacks(ended, failed);
}

class Work {
  private attempt = 0;
  private readonly page: PageInput;
  private readonly index: number;
  private readonly key: string | undefined;
  private readonly workflowId: string;
  /** Of two items with one key, the first one's index. */
  private first: number;

  /** @throws ApplicationFailure `Duvo.InvalidInput` when its key cannot be one */
  constructor(private readonly given: ItemWork) {
    const { page, item, index } = given;
    this.page = page;
    this.index = index;
    this.first = index;
    this.key = keyOf(item, page.keyField);
    this.workflowId = itemWorkflowId(page.batchId, page.template, { index, key: this.key });
    if (isTooLong(this.workflowId))
      throw ApplicationFailure.nonRetryable('its key is too long', FailureTypes.InvalidInput);
  }

  /** Anything but a first try that completes goes on in {@link toTheEnd}. */
  inCallbacks(ended: (row: ItemRow) => void, failed: (error: unknown) => void): void {
    const since = Date.now();
    const goOn = (end: Promise<End> | End) => void this.toTheEnd(end).then(ended, failed);
    this.attempt++;
    let started: Promise<ChildWorkflowHandle<Workflow>>;
    try {
      started = this.start(true);
    } catch (error) {
      return goOn(neverStarted(error));
    }
    started.then(
      (child) => {
        if (cancelCameTooEarly()) void cancelAgain(child);
        child.result().then(
          (result) => ended(this.row(endOfResult(this.page.template, result))),
          (error: unknown) => goOn(endOfFailure(error, this.page.template)),
        );
      },
      (error: unknown) => goOn(this.refused(error, since)),
    );
  }

  /** @param first what became of it so far; nothing when it is to be started */
  async toTheEnd(first?: Promise<End> | End): Promise<ItemRow> {
    let end = first && (await first);
    while (!end || this.isWorthAnotherTry(end)) {
      const may = end ? this.given.mayTryAgain() : true;
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
        if (child && this.given.revision < 3) await aTurn();
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
    const look = await followItem(this.page, this.workflowId);
    if (!look) return { status: 'canceled', found: true };
    // It ended badly before this item came up, and not in this batch: it is done again, here.
    if (isForeign(look, this.page) && hasFailed(look) && Date.parse(look.endedAt ?? '') <= since) {
      try {
        return await this.endOf(await this.start(false));
      } catch (error) {
        if (!isThere(error)) return neverStarted(error);
        const next = await followItem(this.page, this.workflowId);
        return next ? this.taken(next) : { status: 'canceled', found: true };
      }
    }
    return this.taken(look);
  }

  private start(isFirst: boolean): Promise<ChildWorkflowHandle<Workflow>> {
    const { first: index, attempt } = this;
    const { batchId, priority } = this.page;
    const { REJECT_DUPLICATE, ALLOW_DUPLICATE_FAILED_ONLY } = WorkflowIdReusePolicy;
    const { type, taskQueue, args } = childOf(this.page, this.given.item);
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
  async taken(look: WorkflowLook): Promise<End> {
    const ended = look.status === 'RUNNING' ? await followItem(this.page, this.workflowId) : look;
    if (!ended) return { status: 'canceled', found: true };
    const { index, attempt } = ended.item ?? {};
    const end = endOfLook(this.page.template, ended);
    if (isForeign(ended, this.page)) return { ...end, found: true };
    this.attempt = Math.max(this.attempt, attempt ?? 1);
    if (index === undefined || index >= this.index) return end;
    this.first = index;
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

const neverStarted = (error: unknown): End => (isCancellation(error) ? { status: 'not-started' } : endOfFailure(error));
const isThere = (error: unknown) => (error as Error).name === 'WorkflowExecutionAlreadyStartedError';
/** One that is gone tells nobody whose it was. */
const isForeign = ({ status, batchId }: WorkflowLook, page: PageInput) => status !== 'GONE' && batchId !== page.batchId;
const hasFailed = ({ status }: WorkflowLook) => status !== 'COMPLETED' && status !== 'GONE';
