import { getExternalWorkflowHandle, type SignalDefinition } from '@temporalio/workflow';

/** Sends signals to other workflows and counts those that are in flight: a page must not end before they are delivered. */
export class SignalSender {
  private inFlight = 0;

  get isIdle(): boolean {
    return this.inFlight === 0;
  }

  /** @returns whether the signal was delivered; false when the workflow has ended */
  async send<Args extends unknown[]>(
    workflowId: string,
    signal: SignalDefinition<Args>,
    ...args: Args
  ): Promise<boolean> {
    this.inFlight++;
    try {
      await getExternalWorkflowHandle(workflowId).signal(signal, ...args);
      return true;
    } catch {
      return false;
    } finally {
      this.inFlight--;
    }
  }
}
