import { createHmac, randomUUID } from 'node:crypto';
import type { Run } from './run';
import type { WebhookEventType } from './run-types';

/** Where a run's changes are sent, and how its status is spelled there. */
export interface WebhookTarget {
  url: string;
  formatStatus: (status: string) => string;
}

/** One message to a webhook, and the responses to it. */
export interface WebhookDelivery {
  id: string;
  url: string;
  type: WebhookEventType;
  runId: string;
  body: string;
  /** HTTP status of each attempt; 0 when there was no response. */
  attemptStatuses: number[];
}

/** Delay before each attempt, in milliseconds. */
const RETRY_DELAYS_MS = [0, 200, 1_000];

/** Sends the changes of a run to the webhook URL of its start, signed as Standard Webhooks specifies. */
export class WebhookSender {
  readonly deliveries: WebhookDelivery[] = [];
  private readonly timers = new Set<NodeJS.Timeout>();

  constructor(private readonly secret = 'whsec_c2ltdWxhdG9y') {}

  /** Sends the current state and all later changes of a run to the webhook. */
  watch(run: Run, webhook?: WebhookTarget): void {
    if (!webhook) return;
    const onChange = (event?: WebhookEventType) => {
      if (event) this.deliver(run, event, webhook);
      this.tickLater(run);
    };
    run.onChange = onChange;
    if (run.pendingRequest) onChange('human_request');
    else onChange(run.isTerminal && run.status !== 'canceled' ? (`run_${run.status}` as WebhookEventType) : undefined);
  }

  /** Sends a delivery again, as a service with at-least-once delivery may. */
  async redeliver(id: string): Promise<void> {
    const found = this.deliveries.find((delivery) => delivery.id === id);
    if (!found) throw new Error(`no delivery has the id ${id}`);
    await this.send(found);
  }

  close(): void {
    for (const timer of this.timers) clearTimeout(timer);
  }

  /** Applies the time that has passed when the run's step ends, because a run without polls must also advance. */
  private tickLater(run: Run): void {
    const dueAtMs = run.nextTransitionAtMs;
    if (dueAtMs === undefined) return;
    this.runLater(() => {
      run.tick();
      // A timer may fire a millisecond early, so that the step has not ended yet.
      if (run.nextTransitionAtMs === dueAtMs) this.tickLater(run);
    }, dueAtMs - Date.now());
  }

  private deliver(run: Run, type: WebhookEventType, { url, formatStatus }: WebhookTarget): void {
    const id = `msg_${randomUUID()}`;
    const body = JSON.stringify({
      id,
      type,
      run_id: run.id,
      status: formatStatus(run.status),
      created_at: new Date().toISOString(),
    });
    const delivery: WebhookDelivery = { id, url, type, runId: run.id, body, attemptStatuses: [] };
    this.deliveries.push(delivery);
    this.attempt(delivery, 0);
  }

  private attempt(delivery: WebhookDelivery, attemptCount: number): void {
    const delayMs = RETRY_DELAYS_MS[attemptCount];
    if (delayMs === undefined) return;
    this.runLater(() => {
      void this.send(delivery).then((status) => {
        if (status < 200 || status >= 300) this.attempt(delivery, attemptCount + 1);
      });
    }, delayMs);
  }

  private async send(delivery: WebhookDelivery): Promise<number> {
    const { id, url, body } = delivery;
    const timestamp = String(Math.floor(Date.now() / 1000));
    const key = Buffer.from(this.secret.replace(/^whsec_/, ''), 'base64');
    const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
    const headers = {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${signature}`,
    };
    const status = await fetch(url, { method: 'POST', headers, body }).then(
      (response) => response.status,
      () => 0,
    );
    delivery.attemptStatuses.push(status);
    return status;
  }

  private runLater(work: () => void, ms: number): void {
    const timer = setTimeout(
      () => {
        this.timers.delete(timer);
        work();
      },
      Math.max(0, ms),
    );
    timer.unref();
    this.timers.add(timer);
  }
}
