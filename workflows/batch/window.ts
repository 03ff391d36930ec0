import { ApplicationFailure, ParentClosePolicy, patched, startChild, workflowInfo } from '@temporalio/workflow';
import { ActivePage } from './active-page';
import type { BatchPlan } from '../../contract/batch-input';
import type { BatchMemory } from './batch-memory';
import type { batchPage } from './batch-page';
import { BATCH_PAGE, type BatchStop, pageWorkflowId } from '../../contract/batch-contract';
import type { PageInput, PageResult } from './page-messages';
import { addTotals } from './totals';

type Again = BatchMemory['again'][number];

/** A page that dies so often is not killed by accident. */
const MOST_DEATHS = 5;

/**
 * The pages that are under way, and the slots that they share. Slots go from page to page (batch-page.ts): one page is
 * always started ahead, so that the window does not dip at a page's end. What a page still holds at its end comes back
 * here, and goes to the next that can use it.
 */
export class Window {
  /** Why nothing more is started. */
  stopped?: BatchStop;
  /** Why the batch itself fails. */
  broken?: Error;
  private readonly active = new Map<number, ActivePage>();
  /** Slots that no page holds; below 0 what a lower width has yet to take from the pages. */
  private free: number;
  /**
   * A page died with slots that nobody knows the number of: none is started until all others have given theirs back. One
   * that waited for the slots of the dead page would wait for ever: it ends, too.
   */
  private draining = false;
  /** Histories from before pages were told in order, and the page under way got the free slots, replay as they were. */
  readonly revised = patched('batch-window-2');

  /** @param changed is called when something has happened: it is time to tend the pages */
  constructor(
    private readonly plan: BatchPlan,
    private readonly memory: BatchMemory,
    private readonly changed: () => void,
  ) {
    this.free = memory.width;
  }

  get pages(): number[] {
    return [...this.active.keys()];
  }

  get isEmpty(): boolean {
    return this.active.size === 0;
  }

  /** Starts pages, and tells those under way what they have to know. */
  tend(mayBegin: boolean): void {
    this.start(mayBegin);
    if (this.revised) this.instruct();
    this.distribute();
    this.link();
    if (!this.revised) this.instruct();
  }

  /** @returns the width that was */
  setWidth(width: number): number {
    const before = this.memory.width;
    this.free += width - before;
    this.memory.width = width;
    this.changed();
    return before;
  }

  stop(reason: BatchStop): void {
    if (reason === 'canceled') this.stopped = reason;
    this.stopped ??= reason;
    this.changed();
  }

  /** What is under way ends; then the batch fails. */
  fail(error: Error): void {
    this.broken ??= error;
    this.stop('source');
  }

  begun(page: number): void {
    const found = this.active.get(page);
    if (found) found.begun = true;
    this.changed();
  }

  progressed(page: number, counts: { ended: number; failed: number }): void {
    const found = this.active.get(page);
    if (found) Object.assign(found, counts);
    this.stopAtFailures();
  }

  private instruct(): void {
    const { stopped, draining } = this;
    const { paused } = this.memory;
    for (const page of this.active.values()) if (page.canBeTold) page.instruct({ paused, stopped, draining });
  }

  private stopAtFailures(): void {
    const { stopAtFailureShare, stopNotBefore } = this.plan;
    if (stopAtFailureShare === undefined) return;
    let { failed } = this.memory.totals;
    let ended = failed + this.memory.totals.completed + this.memory.totals.canceled;
    for (const page of this.active.values()) {
      failed += page.failed;
      ended += page.ended;
    }
    if (ended >= stopNotBefore && failed / ended >= stopAtFailureShare) this.stop('failures');
  }

  private start(mayBegin: boolean): void {
    const { memory } = this;
    if (this.draining && this.active.size === 0) {
      this.draining = false;
      this.free = memory.width;
    }
    // A page that died has left something: it has to end as the others do.
    if (this.stopped) for (const again of memory.again.splice(0)) void this.runPage(again);
    if (this.stopped || this.broken || this.draining || !mayBegin) return;
    while (![...this.active.values()].some(({ begun }) => !begun)) {
      const again = memory.again.shift();
      if (!again && memory.next > memory.pages) return;
      void this.runPage(again ?? { page: memory.next++, deaths: 0, begun: false });
    }
  }

  private async runPage(one: Again): Promise<void> {
    const { page, begun } = one;
    const { memory, plan } = this;
    const { workflowId } = workflowInfo();
    const slots = Math.max(0, this.free);
    this.free -= slots;
    const paused = memory.paused;
    const { stopped } = this;
    const active = new ActivePage(slots > 0, { paused, stopped, draining: false }, this.revised);
    this.active.set(page, active);
    const { template, keyField, attempts, apiTaskQueue, priority, items } = plan;
    const input: PageInput = {
      batchId: workflowId,
      page,
      ...(items && { items }),
      slots,
      paused,
      template,
      keyField,
      attempts,
      apiTaskQueue,
      priority,
      reportsFailures: plan.stopAtFailureShare !== undefined,
      ...(begun && { again: true }),
      ...(stopped && { stopped }),
    };
    try {
      active.handle = await startChild<typeof batchPage>(BATCH_PAGE, {
        workflowId: pageWorkflowId(workflowId, page),
        args: [input],
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      });
      this.changed();
      const result = await active.handle.result();
      await active.close();
      this.pageEnded(one, result);
    } catch (error) {
      await active.close();
      this.pageDied(one, error);
    }
  }

  private pageEnded({ page, deaths, begun }: Again, { totals: more, slots, unfinished }: PageResult): void {
    const hasBegun = begun || this.active.get(page)?.begun === true;
    this.active.delete(page);
    this.free += slots;
    if (unfinished) return this.takeUpAgain({ page, deaths, begun: hasBegun });
    addTotals(this.memory.totals, more);
    this.memory.done++;
    this.stopAtFailures();
    this.changed();
  }

  private takeUpAgain(one: Again): void {
    this.memory.again = [...this.memory.again, one].sort((a, b) => a.page - b.page);
    this.changed();
  }

  private pageDied({ page, deaths }: Again, error: unknown): void {
    this.active.delete(page);
    this.draining = true;
    if (deaths + 1 < MOST_DEATHS) this.takeUpAgain({ page, deaths: deaths + 1, begun: true });
    else {
      this.broken = ApplicationFailure.create({
        message: `page ${page} cannot be worked on`,
        type: 'Duvo.BatchPageFailed',
        nonRetryable: true,
        cause: error instanceof Error ? error : undefined,
      });
    }
    this.changed();
  }

  /**
   * Free slots go to the page that starts items now, the last one that has begun: so the order of items is kept, and so is
   * a lower width. It hands on what it has no use for.
   */
  private distribute(): void {
    const ready = [...this.active.values()].filter(({ canBeTold }) => canBeTold);
    const taker = this.revised
      ? (ready.filter(({ begun }) => begun).at(-1) ?? ready[0])
      : (ready.find(({ begun }) => !begun) ?? ready.at(-1));
    const { free } = this;
    if (free === 0 || !taker || this.draining) return;
    this.free = 0;
    taker.give(free, () => {
      this.free += free;
      this.changed();
    });
  }

  /** Each page knows the one after it, to hand its slots to. */
  private link(): void {
    const ready = [...this.active.entries()].filter(([, { canBeTold }]) => canBeTold).sort(([a], [b]) => a - b);
    for (const [index, [, page]] of ready.entries()) {
      const successor = ready[index + 1]?.[0];
      if (successor !== undefined) page.link(successor);
    }
  }
}
