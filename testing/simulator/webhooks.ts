import { createHmac, randomUUID } from 'node:crypto';
import type { Run } from './resources/run';
import type { RunEvent } from './resources/run-facts';

/** One message to a webhook, with what came of it. */
export interface Delivery {
  id: string;
  url: string;
  type: RunEvent;
  runId: string;
  body: string;
  /** Statuses of the tries; 0 for no answer. */
  tries: number[];
}

/** Times between tries, in milliseconds. */
const PAUSES = [0, 200, 1_000];

/** Says what becomes of runs to the URLs that they were started with, signed as Standard Webhooks are. */
export class Webhooks {
  readonly deliveries: Delivery[] = [];
  private readonly timers = new Set<NodeJS.Timeout>();

  constructor(private readonly secret = 'whsec_c2ltdWxhdG9y') {}

  /** @param webhook where a run's changes are told, with the dialect's words for a status */
  watch(run: Run, webhook?: { url: string; words: (status: string) => string }): void {
    if (!webhook) return;
    const onChange = (event?: RunEvent) => {
      if (event) this.deliver(run, event, webhook);
      // Nobody may be looking: time alone must move it.
      if (run.movesAt !== undefined) this.later(() => run.tick(), run.movesAt - Date.now());
    };
    run.changed = onChange;
    if (run.pending) onChange('human_request');
    else onChange(run.isTerminal && run.status !== 'canceled' ? (`run_${run.status}` as RunEvent) : undefined);
  }

  /** Sends a delivery once more: the service delivers at least once. */
  async again(id: string): Promise<void> {
    const found = this.deliveries.find((delivery) => delivery.id === id);
    if (!found) throw new Error(`there is no delivery ${id}`);
    await this.send(found);
  }

  close(): void {
    for (const timer of this.timers) clearTimeout(timer);
  }

  private deliver(run: Run, type: RunEvent, { url, words }: { url: string; words: (status: string) => string }): void {
    const id = `msg_${randomUUID()}`;
    const body = JSON.stringify({
      id,
      type,
      run_id: run.id,
      status: words(run.status),
      created_at: new Date().toISOString(),
    });
    const delivery: Delivery = { id, url, type, runId: run.id, body, tries: [] };
    this.deliveries.push(delivery);
    this.attempt(delivery, 0);
  }

  private attempt(delivery: Delivery, tried: number): void {
    const pause = PAUSES[tried];
    if (pause === undefined) return;
    this.later(() => {
      void this.send(delivery).then((status) => {
        if (status < 200 || status >= 300) this.attempt(delivery, tried + 1);
      });
    }, pause);
  }

  private async send(delivery: Delivery): Promise<number> {
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

  private later(work: () => void, ms: number): void {
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
