import { type ChildWorkflowHandle, type SignalDefinition, workflowInfo } from '@temporalio/workflow';
import { type BatchStopReason, pageWorkflowId } from '../../contract/batches/batch-contract';
import type { batchPage } from './page/batch-page';
import { addSlots, noMoreSlots, setPaused, setSuccessor, stopPage } from './page/page-messages';

/** The part of a batch's state that each of its pages follows. */
export interface PageControl {
  paused: boolean;
  stopped?: BatchStopReason;
  /** A page died: pages without slots end, and no page starts until all slots have returned. */
  draining: boolean;
}

/**
 * A running page, as its batch sees it.
 *
 * Signals are sent one after the other, because Temporal does not guarantee the order of two signals in flight. A page
 * that received slots before an earlier pause would start items.
 */
export class ActivePage {
  /** Absent until the page's workflow has started. */
  handle?: ChildWorkflowHandle<typeof batchPage>;
  /** Items that have ended, and those that failed, as the page reported them last. */
  ended = 0;
  failed = 0;
  private successor?: number;
  private lastSend = Promise.resolve();
  /** The page has ended, or a signal did not reach it. */
  private isGone = false;

  /**
   * @param hasStarted whether the page has had slots
   * @param control the state that the page has received
   */
  constructor(
    public hasStarted: boolean,
    private control: PageControl,
  ) {}

  get canBeSignalled(): boolean {
    return this.handle !== undefined && !this.isGone;
  }

  /** Sends the page what differs from the state that it has received. */
  applyControl(control: PageControl): void {
    const { paused, stopped, draining } = control;
    if (this.control.paused !== paused) this.sendSignal(setPaused, [paused]);
    if (this.control.stopped !== stopped) this.sendSignal(stopPage, [{ cancel: stopped === 'canceled' }]);
    if (!this.control.draining && draining) this.sendSignal(noMoreSlots, []);
    this.control = control;
  }

  /** @param onGone is called when the page ended before it received the slots */
  sendSlots(slots: number, onGone: () => void): void {
    this.sendSignal(addSlots, [slots], () => {
      this.isGone = true;
      onGone();
    });
  }

  /** Names the page that takes over this page's unused slots. */
  setSuccessor(successor: number): void {
    if (this.successor === successor) return;
    this.successor = successor;
    this.sendSignal(setSuccessor, [pageWorkflowId(workflowInfo().workflowId, successor)]);
  }

  /** Sends no further signal. Resolves when each signal in flight was delivered or has failed. */
  close(): Promise<void> {
    this.isGone = true;
    return this.lastSend;
  }

  private sendSignal<Args extends unknown[]>(
    signal: SignalDefinition<Args>,
    args: Args,
    onFailure: () => void = ignoreFailure,
  ): void {
    const send = async () => this.handle?.signal(signal, ...args);
    this.lastSend = this.lastSend.then(send).then(() => undefined, onFailure);
  }
}

/** A signal fails when the page has ended. The batch notices the end where it awaits the page's result. */
function ignoreFailure(): void {}
