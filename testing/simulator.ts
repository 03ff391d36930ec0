import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomUUID } from 'node:crypto';
import { type Answer, DuvoApi, Refusal } from './api';
import { answerControl } from './control-routes';
import { type Fault, type FaultHandle, Faults } from './faults';
import { IdempotencyKeys } from './idempotency';
import { Ledger, type LedgerEntry, type Stats } from './ledger';
import { RateLimit } from './rate-limit';
import { routeOf, type Route } from './routes';
import type { SimulatedAnswer, SimulatedRun } from './run';
import { type Scenario, scenarioSchema } from './scenario';

export interface SimulatorOptions {
  /** @default '127.0.0.1' */
  host?: string;
  /** @default a free one */
  port?: number;
  /** @default 'dv_simulator' */
  apiKey?: string;
  /** Whether a mutation whose key was seen is answered as the first one was. @default true */
  honourIdempotencyKeys?: boolean;
  /** Beyond it: 429. @default unlimited */
  requestsPerMinute?: number;
  /** How many requests the ledger keeps; its counts stay exact. @default 100,000 */
  keepRequests?: number;
}

const BODY_LIMIT = 2 * 1024 * 1024;

/**
 * A stand-in for the Duvo service, over real HTTP, written from the API's documented facts: strict in what it accepts,
 * scripted by agent, with faults on demand and a ledger of all requests. A test tool: never expose it to a network.
 */
export class DuvoSimulator {
  private readonly journal: Ledger;
  private readonly api: DuvoApi;
  private readonly faults = new Faults();
  private readonly keys = new IdempotencyKeys();
  private readonly limit: RateLimit;
  private readonly server: Server;
  readonly apiKey: string;
  private readonly honourKeys: boolean;
  private origin = '';

  private constructor(options: SimulatorOptions) {
    this.apiKey = options.apiKey ?? 'dv_simulator';
    this.honourKeys = options.honourIdempotencyKeys ?? true;
    this.journal = new Ledger(options.keepRequests);
    this.api = new DuvoApi(this.journal);
    this.limit = new RateLimit(options.requestsPerMinute);
    this.server = createServer((request, response) => void this.serve(request, response));
    this.server.keepAliveTimeout = 60_000;
  }

  static async start(options: SimulatorOptions = {}): Promise<DuvoSimulator> {
    const simulator = new DuvoSimulator(options);
    const { server } = simulator;
    const host = options.host ?? '127.0.0.1';
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(options.port ?? 0, host, resolve);
    });
    simulator.origin = `http://${host}:${(server.address() as AddressInfo).port}`;
    return simulator;
  }

  get url(): string {
    return this.origin;
  }

  get ledger(): readonly LedgerEntry[] {
    return this.journal.entries;
  }

  get stats(): Stats {
    return this.journal.stats;
  }

  get runs(): readonly SimulatedRun[] {
    return [...this.api.runs.values()].map((run) => run.view());
  }

  run(runId: string): SimulatedRun {
    return this.api.find(runId).view();
  }

  /** Says how the runs of an agent go. @throws ZodError when the scenario is not one */
  script(agentId: string, scenario: Scenario): void {
    this.api.script(agentId, scenarioSchema.parse(scenario));
  }

  fail(fault: Fault): FaultHandle {
    return this.faults.plan(fault);
  }

  /** Somebody else starts a run. @returns its id */
  startInDuvo(agentId: string): string {
    return this.api.startInDuvo(agentId).id;
  }

  answerInDuvo(runId: string, requestId: string, answer: SimulatedAnswer): void {
    this.api.answerInDuvo(runId, requestId, answer);
  }

  /** From now on the run does not exist. */
  forget(runId: string): void {
    this.api.find(runId).gone = true;
  }

  /** The first request, past or future, of which it is true. Rejects after a time-out, 30 s by default. */
  waitFor(
    predicate: (entry: LedgerEntry) => boolean,
    { timeoutMs }: { timeoutMs?: number } = {},
  ): Promise<LedgerEntry> {
    return this.journal.waitFor(predicate, timeoutMs);
  }

  async close(): Promise<void> {
    this.faults.releaseAll();
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeAllConnections();
    await closed;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const body = await readBody(request);
      const url = request.url ?? '/';
      if (url.startsWith('/_simulator/')) send(response, answerControl(this, request.method ?? 'GET', url, body));
      else await this.serveApi(request, response, body);
    } catch (error) {
      if (response.destroyed) return;
      const refusal = error instanceof Refusal ? error : new Refusal(500, 'internal');
      send(response, toAnswer(refusal));
    }
  }

  private async serveApi(request: IncomingMessage, response: ServerResponse, body: string): Promise<void> {
    const method = request.method ?? 'GET';
    const [path = '/', search = ''] = (request.url ?? '/').split('?');
    const route = routeOf(method, path);
    const key = header(request, 'idempotency-key');
    const json = tryJson(body);
    const runId = typeof route === 'object' ? route.runId : undefined;
    const agentId =
      runId === undefined ? (json as { agent_id?: string } | undefined)?.agent_id : this.api.runs.get(runId)?.agentId;
    const entry = this.journal.add({
      operation: typeof route === 'object' ? route.operation : 'unknown',
      method,
      path,
      ...(runId !== undefined && { runId }),
      ...(agentId !== undefined && { agentId }),
      ...(typeof route === 'object' && route.requestId !== undefined && { requestId: route.requestId }),
      ...(key !== undefined && { idempotencyKey: key }),
      ...(json !== undefined && { body: json }),
    });
    const fault = typeof route === 'object' ? this.faults.hit(route.operation, runId, agentId) : undefined;
    const how = fault?.how;
    if (how) {
      response.once('close', () => {
        if (response.writableEnded) return;
        entry.abandoned = true;
        this.journal.changed(entry);
      });
      entry.fault = Object.keys(how)[0] ?? 'fault';
      this.journal.changed(entry);
      if ('reset' in how) return void response.destroy();
      if ('slow' in how) await new Promise((resolve) => setTimeout(resolve, how.slow).unref());
      if ('hold' in how && how.hold === 'before') await fault.released;
      if (response.destroyed || this.server.listening === false) return void response.destroy();
      if (isRefusal(how)) {
        entry.status = how.status;
        return send(
          response,
          { status: how.status, body: how.body ?? { code: 'fault', message: 'a planned fault' } },
          how.headers,
        );
      }
    }
    const limited = this.limit.take();
    const answer = limited
      ? toAnswer(new Refusal(429, 'rate_limited'))
      : this.answer(request, route, entry, json, body, search, how);
    if (how && 'hold' in how && how.hold === 'after') await fault.released;
    if (response.destroyed || (how && 'loseResponse' in how)) return void response.destroy();
    entry.status = answer.status;
    if (how && 'garbled' in how) {
      response.writeHead(how.status ?? answer.status, { 'content-type': how.contentType ?? 'application/json' });
      response.end(how.garbled);
    } else send(response, answer, limited);
  }

  private answer(
    request: IncomingMessage,
    route: Route | 404 | 405,
    entry: LedgerEntry,
    json: unknown,
    body: string,
    search: string,
    how?: Fault['how'],
  ): Answer {
    const key = entry.idempotencyKey;
    const keyed = this.honourKeys && typeof route === 'object' && route.isMutation && key !== undefined;
    try {
      if (header(request, 'authorization') !== `Bearer ${this.apiKey}`) throw new Refusal(401, 'unauthorized');
      if (route === 404) throw new Refusal(404, 'not_found');
      if (route === 405) throw new Refusal(405, 'method_not_allowed');
      if (route.isMutation) {
        if (!key) throw new Refusal(400, 'idempotency_key_required');
        if (body !== '' && !header(request, 'content-type')?.startsWith('application/json'))
          throw new Refusal(415, 'unsupported_media_type');
        if (body !== '' && json === undefined) throw new Refusal(422, 'malformed_json');
      }
      if (keyed) {
        const { answer, conflict } = this.keys.claim(key, `${entry.method} ${entry.path} ${body}`);
        if (conflict) return toAnswer(new Refusal(conflict === 'idempotency_in_flight' ? 409 : 422, conflict));
        if (answer) return answer;
      }
      const answer = this.perform(route, entry, json, search, how);
      if (keyed) this.keys.settle(key, answer);
      return answer;
    } catch (error) {
      if (keyed) this.keys.drop(key);
      if (error instanceof Refusal) return toAnswer(error);
      throw error;
    }
  }

  private perform(route: Route, entry: LedgerEntry, json: unknown, search: string, how?: Fault['how']): Answer {
    const query = () => Object.fromEntries(new URLSearchParams(search));
    if (route.operation === 'start') return this.api.start(entry, json);
    if (route.operation === 'list') return this.api.list(query());
    const run = this.api.find(route.runId ?? '');
    switch (route.operation) {
      case 'get':
        if (how && 'runNull' in how) return { status: 200, body: { run: null } };
        return this.api.get(run, how && 'runStatus' in how ? how.runStatus : undefined);
      case 'messages':
        return this.api.messages(run, query());
      case 'post-message':
        return this.api.postMessage(entry, run, json);
      case 'respond':
        return this.api.respond(entry, run, route.requestId ?? '', json);
      case 'stop':
        return this.api.stop(entry, run, json);
    }
  }
}

function isRefusal(how: Fault['how']): how is Extract<Fault['how'], { headers?: unknown }> {
  return 'status' in how && !('garbled' in how);
}

function toAnswer({ status, code, details }: Refusal): Answer {
  return {
    status,
    body: {
      code,
      message: `the request was refused: ${code}`,
      request_id: randomUUID(),
      ...(details !== undefined && { details }),
    },
  };
}

function send(response: ServerResponse, { status, body }: Answer, headers: Record<string, string> = {}): void {
  const isText = typeof body === 'string';
  response.writeHead(status, {
    'content-type': isText ? 'text/html' : 'application/json',
    'x-request-id': randomUUID(),
    ...headers,
  });
  response.end(isText ? body : JSON.stringify(body));
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

async function readBody(request: IncomingMessage): Promise<string> {
  if (request.method === 'GET') return '';
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_LIMIT) throw new Refusal(413, 'payload_too_large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function tryJson(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
