import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { DuvoClient, type DuvoClientOptions, DuvoError } from '../../../duvo';

/** A request that the test server received. `connection` is the number of its socket. */
export interface ReceivedRequest {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
  connection: number;
}

export type RequestHandler = (request: ReceivedRequest, response: ServerResponse, raw: IncomingMessage) => void;

/** A real HTTP server. Each test sets `handler`, which writes the responses. */
export class TestServer {
  readonly requests: ReceivedRequest[] = [];
  handler: RequestHandler = replyRequestedRun;
  readonly #sockets = new Map<Socket, number>();
  readonly #server: Server;
  #waiters: { event: string; done: () => void }[] = [];

  private constructor() {
    this.#server = createServer((raw, response) => {
      const chunks: Buffer[] = [];
      raw.on('data', (chunk: Buffer) => chunks.push(chunk));
      raw.on('error', () => undefined);
      raw.on('end', () => {
        const request: ReceivedRequest = {
          method: raw.method ?? '',
          url: raw.url ?? '',
          headers: raw.headers,
          body: Buffer.concat(chunks).toString('utf8'),
          connection: this.#sockets.get(raw.socket) ?? -1,
        };
        this.requests.push(request);
        this.handler(request, response, raw);
        this.#notifyWaiters('request');
      });
    });
    this.#server.on('connection', (socket) => {
      this.#sockets.set(socket, this.#sockets.size + 1);
      socket.on('error', () => undefined);
      socket.on('close', () => this.#notifyWaiters('close'));
    });
  }

  static async start(): Promise<TestServer> {
    const server = new TestServer();
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get connections(): number {
    return this.#sockets.size;
  }

  /** Resolves when the next request is complete, or when the next socket closes. */
  waitForNext(event: 'request' | 'close'): Promise<void> {
    return new Promise((done) => this.#waiters.push({ event, done }));
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets.keys()) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #notifyWaiters(event: string): void {
    const due = this.#waiters.filter((waiter) => waiter.event === event);
    this.#waiters = this.#waiters.filter((waiter) => waiter.event !== event);
    for (const waiter of due) waiter.done();
  }
}

/** Responds with a running run of the id at the end of the path. */
function replyRequestedRun(request: ReceivedRequest, response: ServerResponse, raw: IncomingMessage): void {
  const [id = ''] = request.url.split('/').slice(-1);
  replyJson(200, { run: { id: decodeURIComponent(id), status: 'running' } })(request, response, raw);
}

/** Creates a handler that responds with JSON. */
export function replyJson(
  status: number,
  body: unknown,
  headers: Record<string, string | string[]> = {},
): RequestHandler {
  return replyText(status, JSON.stringify(body), { 'content-type': 'application/json', ...headers });
}

/** Creates a handler that responds with any text. */
export function replyText(
  status: number,
  body: string,
  headers: Record<string, string | string[]> = {},
): RequestHandler {
  return (_request, response) => {
    response.writeHead(status, headers);
    response.end(body);
  };
}

/** Creates a client of the test server, with the key `dv_test`. */
export function createClient(server: TestServer, options: DuvoClientOptions = {}): DuvoClient {
  const key = options.apiKeyFile === undefined ? { apiKey: 'dv_test' } : {};
  return new DuvoClient({ ...key, baseUrl: server.url, ...options });
}

/** Collects all rows of an iterable. */
export async function collect<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const row of rows) collected.push(row);
  return collected;
}

/** Returns the `DuvoError` that a call fails with. */
export async function errorOf(call: Promise<unknown> | (() => unknown)): Promise<DuvoError> {
  try {
    await (typeof call === 'function' ? call() : call);
  } catch (error) {
    if (error instanceof DuvoError) return error;
    throw error;
  }
  throw new Error('the call did not fail');
}
