import { createHmac, randomUUID } from 'node:crypto';
import type { Run } from './run';
import type { WebhookEventType } from './run-types';

/** Where a run's changes are sent, and how its status is spelled there. */
export interface WebhookTarget {
  url: string;
  formatStatus: (status: string) => string;
}

/** One message to a webhook, with what came of it. */
export interface WebhookDelivery {
  id: string;
  url: string;
  type: WebhookEventType;
  runId: string;
  body: string;
  /** Statuses of the tries; 0 for no answer. */
  tries: number[];
}

/** Times between tries, in milliseconds. */
const RETRY_DELAYS_MS = [0, 200, 1_000];

/** Says what becomes of runs to the URLs that they were started with, signed as Standard Webhooks are. */
export class WebhookSender {
  readonly deliveries: WebhookDelivery[] = [];
  private readonly timers = new Set<NodeJS.Timeout>();

  constructor(private readonly secret = 'whsec_c2ltdWxhdG9y') {}

  /** @param webhook where a run's changes are told, with the dialect's words for a status */
  watch(run: Run, webhook?: WebhookTarget): void {
    if (!webhook) return;
    const onChange = (event?: WebhookEventType) => {
      if (event) this.deliver(run, event, webhook);
      // Nobody may be looking: time alone must move it.
      if (run.nextTransitionAtMs !== undefined) this.runLater(() => run.tick(), run.nextTransitionAtMs - Date.now());
    };
    run.onChange = onChange;
    if (run.pendingRequest) onChange('human_request');
    else onChange(run.isTerminal && run.status !== 'canceled' ? (`run_${run.status}` as WebhookEventType) : undefined);
  }

  /** Sends a delivery once more: the service delivers at least once. */
  async redeliver(id: string): Promise<void> {
    const found = this.deliveries.find((delivery) => delivery.id === id);
    if (!found) throw new Error(`there is no delivery ${id}`);
    await this.send(found);
  }

  close(): void {
    for (const timer of this.timers) clearTimeout(timer);
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
    const delivery: WebhookDelivery = { id, url, type, runId: run.id, body, tries: [] };
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
    delivery.tries.push(status);
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
