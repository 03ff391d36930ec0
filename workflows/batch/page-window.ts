import { ApplicationFailure, ParentClosePolicy, patched, startChild, workflowInfo } from '@temporalio/workflow';
import { ActivePage } from './active-page';
import type { BatchPlan } from '../../contract/batch-input';
import type { BatchMemory } from './batch-memory';
import type { batchPage } from './batch-page';
import { BATCH_PAGE_WORKFLOW_TYPE, type BatchStopReason, pageWorkflowId } from '../../contract/batch-contract';
import type { PageInput, PageResult } from './page-messages';
import { addTotals } from './batch-totals';

type PendingRestart = BatchMemory['again'][number];

/** A page that dies so often is not killed by accident. */
const MAX_PAGE_CRASHES = 5;

/**
 * The pages that are under way, and the slots that they share. Slots go from page to page (batch-page.ts): one page is
 * always started ahead, so that the window does not dip at a page's end. What a page still holds at its end comes back
 * here, and goes to the next that can use it.
 */
export class PageWindow {
  /** Why nothing more is started. */
  stopped?: BatchStopReason;
  /** Why the batch itself fails. */
  failure?: Error;
  private readonly activePages = new Map<number, ActivePage>();
  /** Slots that no page holds; below 0 what a lower width has yet to take from the pages. */
  private freeSlots: number;
  /**
   * A page died with slots that nobody knows the number of: none is started until all others have given theirs back. One
   * that waited for the slots of the dead page would wait for ever: it ends, too.
   */
  private draining = false;
  /** Histories from before pages were told in order, and the page under way got the free slots, replay as they were. */
  readonly revised = patched('batch-window-2');

  /** @param onChange is called when something has happened: it is time to tend the pages */
  constructor(
    private readonly plan: BatchPlan,
    private readonly memory: BatchMemory,
    private readonly onChange: () => void,
  ) {
    this.freeSlots = memory.width;
  }

  get activePageNumbers(): number[] {
    return [...this.activePages.keys()];
  }

  get isEmpty(): boolean {
    return this.activePages.size === 0;
  }

  /** Starts pages, and tells those under way what they have to know. */
  reconcile(mayBegin: boolean): void {
    this.startPages(mayBegin);
    if (this.revised) this.sendControl();
    this.distributeSlots();
    this.linkSuccessors();
    if (!this.revised) this.sendControl();
  }

  /** @returns the width that was */
  setConcurrency(width: number): number {
    const before = this.memory.width;
    this.freeSlots += width - before;
    this.memory.width = width;
    this.onChange();
    return before;
  }

  stop(reason: BatchStopReason): void {
    if (reason === 'canceled') this.stopped = reason;
    this.stopped ??= reason;
    this.onChange();
  }

  /** What is under way ends; then the batch fails. */
  fail(error: Error): void {
    this.failure ??= error;
    this.stop('source');
  }

  applyPageStarted(page: number): void {
    const found = this.activePages.get(page);
    if (found) found.hasStarted = true;
    this.onChange();
  }

  applyPageProgress(page: number, counts: { ended: number; failed: number }): void {
    const found = this.activePages.get(page);
    if (found) Object.assign(found, counts);
    this.stopOnFailureShare();
  }

  private sendControl(): void {
    const { stopped, draining } = this;
    const { paused } = this.memory;
    for (const page of this.activePages.values())
      if (page.canBeSignalled) page.applyControl({ paused, stopped, draining });
  }

  private stopOnFailureShare(): void {
    const { stopAtFailureShare, stopNotBefore } = this.plan;
    if (stopAtFailureShare === undefined) return;
    let { failed } = this.memory.totals;
    let ended = failed + this.memory.totals.completed + this.memory.totals.canceled;
    for (const page of this.activePages.values()) {
      failed += page.failed;
      ended += page.ended;
    }
    if (ended >= stopNotBefore && failed / ended >= stopAtFailureShare) this.stop('failures');
  }

  private startPages(mayBegin: boolean): void {
    const { memory } = this;
    if (this.draining && this.activePages.size === 0) {
      this.draining = false;
      this.freeSlots = memory.width;
    }
    // A page that died has left something: it has to end as the others do.
    if (this.stopped) for (const again of memory.again.splice(0)) void this.runPage(again);
    if (this.stopped || this.failure || this.draining || !mayBegin) return;
    while (![...this.activePages.values()].some(({ hasStarted }) => !hasStarted)) {
      const again = memory.again.shift();
      if (!again && memory.next > memory.pages) return;
      void this.runPage(again ?? { page: memory.next++, deaths: 0, begun: false });
    }
  }

  private async runPage(one: PendingRestart): Promise<void> {
    const { page, begun } = one;
    const { memory, plan } = this;
    const { workflowId } = workflowInfo();
    const slots = Math.max(0, this.freeSlots);
    this.freeSlots -= slots;
    const paused = memory.paused;
    const { stopped } = this;
    const active = new ActivePage(slots > 0, { paused, stopped, draining: false }, this.revised);
    this.activePages.set(page, active);
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
      active.handle = await startChild<typeof batchPage>(BATCH_PAGE_WORKFLOW_TYPE, {
        workflowId: pageWorkflowId(workflowId, page),
        args: [input],
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      });
      this.onChange();
      const result = await active.handle.result();
      await active.close();
      this.applyPageEnd(one, result);
    } catch (error) {
      await active.close();
      this.applyPageCrash(one, error);
    }
  }

  private applyPageEnd({ page, deaths, begun }: PendingRestart, { totals: more, slots, unfinished }: PageResult): void {
    const hasBegun = begun || this.activePages.get(page)?.hasStarted === true;
    this.activePages.delete(page);
    this.freeSlots += slots;
    if (unfinished) return this.scheduleRestart({ page, deaths, begun: hasBegun });
    addTotals(this.memory.totals, more);
    this.memory.done++;
    this.stopOnFailureShare();
    this.onChange();
  }

  private scheduleRestart(one: PendingRestart): void {
    this.memory.again = [...this.memory.again, one].sort((a, b) => a.page - b.page);
    this.onChange();
  }

  private applyPageCrash({ page, deaths }: PendingRestart, error: unknown): void {
    this.activePages.delete(page);
    this.draining = true;
    if (deaths + 1 < MAX_PAGE_CRASHES) this.scheduleRestart({ page, deaths: deaths + 1, begun: true });
    else {
      this.failure = ApplicationFailure.create({
        message: `page ${page} cannot be worked on`,
        type: 'Duvo.BatchPageFailed',
        nonRetryable: true,
        cause: error instanceof Error ? error : undefined,
      });
    }
    this.onChange();
  }

  /**
   * Free slots go to the page that starts items now, the last one that has begun: so the order of items is kept, and so is
   * a lower width. It hands on what it has no use for.
   */
  private distributeSlots(): void {
    const ready = [...this.activePages.values()].filter(({ canBeSignalled }) => canBeSignalled);
    const taker = this.revised
      ? (ready.filter(({ hasStarted }) => hasStarted).at(-1) ?? ready[0])
      : (ready.find(({ hasStarted }) => !hasStarted) ?? ready.at(-1));
    const { freeSlots } = this;
    if (freeSlots === 0 || !taker || this.draining) return;
    this.freeSlots = 0;
    taker.sendSlots(freeSlots, () => {
      this.freeSlots += freeSlots;
      this.onChange();
    });
  }

  /** Each page knows the one after it, to hand its slots to. */
  private linkSuccessors(): void {
    const ready = [...this.activePages.entries()]
      .filter(([, { canBeSignalled }]) => canBeSignalled)
      .sort(([a], [b]) => a - b);
    for (const [index, [, page]] of ready.entries()) {
      const successor = ready[index + 1]?.[0];
      if (successor !== undefined) page.setSuccessor(successor);
    }
  }
}
