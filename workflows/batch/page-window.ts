import { ApplicationFailure, ParentClosePolicy, startChild, workflowInfo } from '@temporalio/workflow';
import { BATCH_PAGE_WORKFLOW_TYPE, type BatchStopReason, pageWorkflowId } from '../../contract/batches/batch-contract';
import type { BatchPlan } from '../../contract/batches/batch-input';
import { starterMemo } from '../gates/starter';
import { ActivePage } from './active-page';
import type { BatchMemory, PageRestart } from './batch-memory';
import type { batchPage } from './page/batch-page';
import { addTotals } from './page/batch-totals';
import type { PageInput, PageResult } from './page/page-messages';

/** A page that died this often has a cause that another attempt would not remove. */
const MAX_PAGE_CRASHES = 5;

/**
 * The running pages of a batch, and the slots that they share. Slots pass from page to page (page/page-slots.ts), and one
 * page is always started ahead, so that the number of running items does not drop at the end of a page. The slots that a
 * page holds at its end return to the window, which gives them to the page that starts items now.
 */
export class PageWindow {
  /** Why the batch starts no more items. */
  stopped?: BatchStopReason;
  /** Why the batch itself fails. */
  failure?: Error;
  private readonly activePages = new Map<number, ActivePage>();
  /** Number of slots that no page holds. Below 0 after a reduction of the concurrency, until pages have returned their slots. */
  private freeSlots: number;
  /**
   * A page died, and the number of its slots is unknown. No page starts until all others have returned theirs. A page that
   * waits for the slots of the dead page would wait for ever, so it ends, too.
   */
  private draining = false;

  /** @param onChange is called when something happened that requires {@link reconcile} */
  constructor(
    private readonly plan: BatchPlan,
    private readonly memory: BatchMemory,
    private readonly onChange: () => void,
  ) {
    this.freeSlots = memory.concurrency;
  }

  get activePageNumbers(): number[] {
    return [...this.activePages.keys()];
  }

  get isEmpty(): boolean {
    return this.activePages.size === 0;
  }

  /** Starts pages, and sends the running ones what changed. */
  reconcile(mayStartPages: boolean): void {
    this.startPages(mayStartPages);
    this.sendControl();
    this.distributeSlots();
    this.linkSuccessors();
  }

  /** @returns the concurrency that applied before */
  setConcurrency(concurrency: number): number {
    const before = this.memory.concurrency;
    this.freeSlots += concurrency - before;
    this.memory.concurrency = concurrency;
    this.onChange();
    return before;
  }

  stop(reason: BatchStopReason): void {
    if (reason === 'canceled') this.stopped = reason;
    this.stopped ??= reason;
    this.onChange();
  }

  /** Stops the batch: it fails with this error once the running items have ended. */
  fail(error: Error): void {
    this.failure ??= error;
    this.stop('source');
  }

  applyPageStarted(page: number): void {
    const active = this.activePages.get(page);
    if (active) active.hasStarted = true;
    this.onChange();
  }

  applyPageProgress(page: number, counts: { ended: number; failed: number }): void {
    const active = this.activePages.get(page);
    if (active) Object.assign(active, counts);
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

  private startPages(mayStartPages: boolean): void {
    const { memory } = this;
    if (this.draining && this.isEmpty) {
      this.draining = false;
      this.freeSlots = memory.concurrency;
    }
    // A page that died has left workflows behind: they need an end even when the batch has stopped.
    if (this.stopped) for (const restart of memory.pagesToRestart.splice(0)) void this.runPage(restart);
    if (this.stopped || this.failure || this.draining || !mayStartPages) return;
    while (![...this.activePages.values()].some(({ hasStarted }) => !hasStarted)) {
      const restart = memory.pagesToRestart.shift();
      if (!restart && memory.nextPage > memory.pages) return;
      void this.runPage(restart ?? { page: memory.nextPage++, crashes: 0, hasStarted: false });
    }
  }

  private async runPage(restart: PageRestart): Promise<void> {
    const { page } = restart;
    const { workflowId } = workflowInfo();
    const slots = Math.max(0, this.freeSlots);
    this.freeSlots -= slots;
    const { stopped } = this;
    const active = new ActivePage(slots > 0, { paused: this.memory.paused, stopped, draining: false });
    this.activePages.set(page, active);
    try {
      active.handle = await startChild<typeof batchPage>(BATCH_PAGE_WORKFLOW_TYPE, {
        workflowId: pageWorkflowId(workflowId, page),
        args: [this.pageInput(restart, slots)],
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
        memo: starterMemo(),
      });
      this.onChange();
      const result = await active.handle.result();
      await active.close();
      this.applyPageEnd(restart, result);
    } catch (error) {
      await active.close();
      this.applyPageCrash(restart, error);
    }
  }

  private pageInput({ page, hasStarted }: PageRestart, slots: number): PageInput {
    const { template, keyField, attempts, apiTaskQueue, priority, items, stopAtFailureShare } = this.plan;
    const { stopped } = this;
    return {
      batchId: workflowInfo().workflowId,
      page,
      ...(items && { items }),
      slots,
      paused: this.memory.paused,
      template,
      keyField,
      attempts,
      apiTaskQueue,
      priority,
      reportFailures: stopAtFailureShare !== undefined,
      ...(hasStarted && { isRestart: true }),
      ...(stopped && { stopped }),
    };
  }

  private applyPageEnd({ page, crashes, hasStarted }: PageRestart, { totals, slots, needsRestart }: PageResult): void {
    const hasHadSlots = hasStarted || this.activePages.get(page)?.hasStarted === true;
    this.activePages.delete(page);
    this.freeSlots += slots;
    if (needsRestart) return this.scheduleRestart({ page, crashes, hasStarted: hasHadSlots });
    addTotals(this.memory.totals, totals);
    this.memory.pagesDone++;
    this.stopOnFailureShare();
    this.onChange();
  }

  private applyPageCrash({ page, crashes }: PageRestart, error: unknown): void {
    this.activePages.delete(page);
    this.draining = true;
    if (crashes + 1 < MAX_PAGE_CRASHES) return this.scheduleRestart({ page, crashes: crashes + 1, hasStarted: true });
    this.failure = ApplicationFailure.create({
      message: `page ${page} failed ${MAX_PAGE_CRASHES} times: its workflow's failure is the cause`,
      type: 'Duvo.BatchPageFailed',
      nonRetryable: true,
      cause: error instanceof Error ? error : undefined,
    });
    this.onChange();
  }

  private scheduleRestart(restart: PageRestart): void {
    this.memory.pagesToRestart = [...this.memory.pagesToRestart, restart].sort((a, b) => a.page - b.page);
    this.onChange();
  }

  /**
   * Sends the free slots, or the slots to return, to the page that starts items now: the last one that has started. So
   * items start in order. That page hands on the slots that it cannot use.
   */
  private distributeSlots(): void {
    const { freeSlots } = this;
    if (freeSlots === 0 || this.draining) return;
    const ready = [...this.activePages.values()].filter(({ canBeSignalled }) => canBeSignalled);
    const receiver = ready.filter(({ hasStarted }) => hasStarted).at(-1) ?? ready[0];
    if (!receiver) return;
    this.freeSlots = 0;
    receiver.sendSlots(freeSlots, () => {
      this.freeSlots += freeSlots;
      this.onChange();
    });
  }

  /** Sends each page the number of the page after it, which takes over its slots. */
  private linkSuccessors(): void {
    const ready = [...this.activePages].filter(([, { canBeSignalled }]) => canBeSignalled).sort(([a], [b]) => a - b);
    for (const [index, [, page]] of ready.entries()) {
      const successor = ready[index + 1]?.[0];
      if (successor !== undefined) page.setSuccessor(successor);
    }
  }
}
