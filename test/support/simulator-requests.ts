import { DuvoSimulator, type SimulatorOptions } from '../../testing';

export interface SimulatorResponse<Body> {
  status: number;
  headers: Headers;
  body: Body;
}

/**
 * Starts simulators and sends requests to the latest one over HTTP, as a client in any language does. A POST has its own
 * idempotency key; a body that is an object is sent as JSON. An empty response body is read as `{}`.
 */
export class SimulatorRequests<Body = Record<string, unknown>> {
  private current?: DuvoSimulator;
  private keys = 0;

  get simulator(): DuvoSimulator {
    if (!this.current) throw new Error('start the simulator first');
    return this.current;
  }

  async start(options: SimulatorOptions = {}): Promise<DuvoSimulator> {
    this.current = await DuvoSimulator.start(options);
    return this.current;
  }

  async close(): Promise<void> {
    await this.current?.close();
  }

  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<SimulatorResponse<Body>> {
    const isForm = body instanceof FormData;
    const response = await fetch(this.simulator.url + path, {
      method,
      headers: {
        authorization: `Bearer ${this.simulator.apiKey}`,
        ...(method === 'POST' && { 'idempotency-key': `key-${++this.keys}` }),
        ...(method === 'POST' && !isForm && body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: isForm || typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: (text ? JSON.parse(text) : {}) as Body };
  }
}

/** Returns the body of a read of the run, with which a fault can show an outdated state of the run. */
export async function readRunBody({ url, apiKey }: DuvoSimulator, runId: string): Promise<string> {
  const headers = { authorization: `Bearer ${apiKey}` };
  return (await fetch(`${url}/v1/runs/${runId}`, { headers })).text();
}
