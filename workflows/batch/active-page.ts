import { type ChildWorkflowHandle, type SignalDefinition, workflowInfo } from '@temporalio/workflow';
import type { batchPage } from './batch-page';
import { type BatchStopReason, pageWorkflowId } from '../../contract/batch-contract';
import { addSlots, endWithoutSlots, nextPage, setPaused, stopPage } from './page-messages';

/** What all pages have to know. */
export interface PageControl {
  paused: boolean;
  stopped?: BatchStopReason;
  draining: boolean;
}

/**
 * A page that is under way, as its batch sees it, and what it was told.
 *
 * It is told one thing after the other, since Temporal delivers signals in no promised order: a page that hears of more
 * slots before it hears of a pause would start items, and one that is to go on and to pause at once might go on.
 */
export class ActivePage {
  /** Absent until it has started. */
  handle?: ChildWorkflowHandle<typeof batchPage>;
  ended = 0;
  failed = 0;
  private successor?: number;
  private lastSend = Promise.resolve();
  /** Its end was heard of, or a signal did not reach it. */
  private isGone = false;

  /**
   * @param hasStarted whether it has had slots
   * @param control that it has heard
   * @param inOrder false in batches from before pages were told in order: they replay as they were
   */
  constructor(
    public hasStarted: boolean,
    private control: PageControl,
    private readonly inOrder: boolean,
  ) {}

  get canBeSignalled(): boolean {
    return this.handle !== undefined && !this.isGone;
  }

  /** It pauses, goes on and stops as the batch does. */
  applyControl(orders: PageControl): void {
    const { paused, stopped, draining } = orders;
    if (this.control.paused !== paused) this.sendSignal(setPaused, [paused]);
    if (this.control.stopped !== stopped) this.sendSignal(stopPage, [{ cancel: stopped === 'canceled' }]);
    if (!this.control.draining && draining) this.sendSignal(endWithoutSlots, []);
    this.control = orders;
  }

  /** @param onGone is called when it has ended meanwhile, and the slots are still to be given */
  sendSlots(slots: number, onGone: () => void): void {
    this.sendSignal(addSlots, [slots], () => {
      this.isGone = true;
      onGone();
    });
  }

  /** The page to hand its slots to. */
  setSuccessor(successor: number): void {
    if (this.successor === successor) return;
    this.successor = successor;
    this.sendSignal(nextPage, [pageWorkflowId(workflowInfo().workflowId, successor)]);
  }

  /** It is told nothing more. @returns when all that it was told has reached it, or never will */
  close(): Promise<void> {
    this.isGone = true;
    return this.lastSend;
  }

  private sendSignal<Args extends unknown[]>(
    signal: SignalDefinition<Args>,
    args: Args,
    notHeard: () => void = ignore,
  ): void {
    const send = async () => this.handle?.signal(signal, ...args);
    if (this.inOrder) this.lastSend = this.lastSend.then(send).then(ignore, notHeard);
    else void send().catch(ignore);
  }
}

/** A page that is gone has nothing to be told; its end is seen where it is waited for. */
function ignore(): void {}
