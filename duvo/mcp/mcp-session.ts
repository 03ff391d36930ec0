import type { IncomingHttpHeaders } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { requestIdOf } from '../errors/answer-error';
import { faultError } from '../errors/call-error';
import type { Caller } from '../http/http-transport';
import { duvoError, DuvoError, type DuvoErrorFacts } from '../errors/errors';
import type { Fault } from '../http/exchange';
import { LONGEST_TIMER_MS } from '../http/limits';
import { mcpError, unreadable } from './mcp-errors';
import type { About } from '../operation';
import type { OperationRequest } from '../http/request';

/** Loaded by the first call: whoever uses no tools does not pay for it. */
const loadSdk = () => import('@modelcontextprotocol/client');

type Sdk = Awaited<ReturnType<typeof loadSdk>>;
export type McpClient = InstanceType<Sdk['Client']>;
type Transport = InstanceType<Sdk['StreamableHTTPClientTransport']>;
type FetchLike = NonNullable<NonNullable<ConstructorParameters<Sdk['StreamableHTTPClientTransport']>[1]>['fetch']>;
type Message = Parameters<Transport['send']>[0];

export interface SessionOptions {
  signal?: AbortSignal;
  timeoutMs: number;
}

export interface SessionRequestOptions {
  signal: AbortSignal;
  /** The client's own time-out must not be sooner than ours. */
  timeout: number;
}

/** How long the goodbyes of a session may take, in milliseconds: nothing depends on them. */
const GOODBYE_MS = 1_000;

/**
 * One session with the hosted MCP server: the official client on its Streamable HTTP transport, whose requests take the
 * connections, credentials and error classes of all other calls. What ends it: the result, the caller's signal (which
 * closes the socket, and is told to the server), the time-out, an answer that breaks off or cannot be read.
 */
export class McpSession {
  readonly #caller: Caller;
  readonly #operation: About & { scope: string };
  readonly #request: OperationRequest;
  readonly #options: SessionOptions;
  /** Aborted by the caller's signal; the client tells the server. */
  readonly #cancel = new AbortController();
  readonly #broken: Promise<never>;
  #break!: (error: DuvoError) => void;
  /** Messages that nobody waits for. */
  readonly #notices: Promise<unknown>[] = [];
  readonly #answered = new Set<unknown>();
  #streaming = false;
  #garbled = false;
  #fault: DuvoError | undefined;
  #headers: IncomingHttpHeaders = {};
  /** Whether what matters was sent: what goes before is only the handshake. */
  #begun = false;

  constructor(
    caller: Caller,
    operation: About & { scope: string },
    request: OperationRequest,
    options: SessionOptions,
  ) {
    this.#caller = caller;
    this.#operation = operation;
    this.#request = request;
    this.#options = options;
    this.#broken = new Promise<never>((_, reject) => (this.#break = reject));
  }

  /** Opens the session, does the work, closes it. @throws DuvoError */
  async run<T>(work: (client: McpClient, options: SessionRequestOptions) => Promise<T>): Promise<T> {
    const { signal, timeoutMs } = this.#options;
    if (signal?.aborted) throw this.#aborted();
    const { Client, StreamableHTTPClientTransport } = await loadSdk();
    const client = new Client({ name: 'duvo-temporal', version: '1' });
    // Only its path matters: requests go through the caller's dispatcher.
    const url = new URL(`http://duvo${this.#operation.path}`);
    const transport = this.#watched(new StreamableHTTPClientTransport(url, { fetch: this.#fetch }));
    client.onerror = ({ name }) => (this.#garbled ||= name === 'SyntaxError' || name === 'ZodError');
    const options = { signal: this.#cancel.signal, timeout: LONGEST_TIMER_MS };
    const onAbort = () => this.#cancel.abort();
    signal?.addEventListener('abort', onAbort);
    const timer = setTimeout(() => this.#break(this.#timedOut()), timeoutMs);
    const done = (async () => {
      await client.connect(transport, options);
      this.#begun = true;
      return await work(client, options);
    })();
    try {
      return await Promise.race([this.#broken, done]);
    } catch (error) {
      throw this.#read(error);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      this.#notices.push(transport.terminateSession().catch(() => undefined));
      await Promise.race([Promise.all(this.#notices), delay(GOODBYE_MS, undefined, { ref: false })]);
      await client.close().catch(() => undefined);
    }
  }

  /**
   * Sees to it that a request ends when its answer does. The client itself would wait for its time-out when a stream ends
   * without an answer, or when an answer is to something else.
   */
  #watched(transport: Transport): Transport {
    const send = transport.send.bind(transport);
    transport.onmessage = (message) => {
      if ('id' in message && !('method' in message)) this.#answered.add(message.id);
    };
    transport.send = async (message, options) => {
      const id = requestId(message);
      const onRequestStreamEnd = () => {
        if (id !== undefined && !this.#answered.has(id)) this.#break(this.#fault ?? this.#silent());
      };
      const sent = send(message, { ...options, onRequestStreamEnd });
      if (id === undefined) this.#notices.push(sent.catch(() => undefined));
      await sent;
      if (id !== undefined && !this.#streaming && !this.#answered.has(id))
        this.#break(unreadable(this.#facts(), 'body'));
    };
    return transport;
  }

  readonly #fetch: FetchLike = async (_url, init = {}) => {
    const headers = Object.fromEntries(new Headers(init.headers));
    const method = init.method as 'GET' | 'POST' | 'DELETE';
    const resumes = 'last-event-id' in headers;
    // A stream for what the server says of its own accord: nothing that is done here waits for that.
    if (method === 'GET' && !resumes) return new Response(null, { status: 405 });
    const body = typeof init.body === 'string' ? init.body : undefined;
    const isNotice = method === 'DELETE' || (body !== undefined && !('id' in (JSON.parse(body) as object)));
    const ends = [init.signal, isNotice ? undefined : this.#cancel.signal].filter((signal) => !!signal);
    try {
      const answer = await this.#caller.stream(this.#operation, {
        method,
        headers,
        body,
        signal: AbortSignal.any(ends),
        patient: resumes || 'idempotency-key' in headers,
        onBroken: (fault) => (this.#fault = this.#brokenBy(fault)),
        sent: this.#request.body,
      });
      if (!isNotice) {
        this.#headers = answer.headers;
        this.#streaming = /^text\/event-stream\b/i.test(answer.headers['content-type'] ?? '');
      }
      const noBody = answer.status === 204 || answer.status === 205;
      return new Response(noBody ? null : answer.body, { status: answer.status, headers: flat(answer.headers) });
    } catch (error) {
      // Neither a session that cannot be ended nor a stream that cannot be resumed is a fault: the client goes on.
      if (error instanceof DuvoError && error.status === 405 && method !== 'POST') {
        return new Response(null, { status: 405 });
      }
      throw error;
    }
  };

  #read(error: unknown): DuvoError {
    if (this.#options.signal?.aborted) return this.#aborted();
    if (error instanceof DuvoError) return error;
    return this.#fault ?? mcpError(error, this.#facts());
  }

  #facts(): Omit<DuvoErrorFacts, 'reached'> {
    const { name: operation, method, path } = this.#operation;
    const sent = { key: '', body: this.#request.body };
    return { operation, method, path, requestId: requestIdOf({ headers: this.#headers }, sent) };
  }

  #aborted(): DuvoError {
    return faultError(this.#operation, { ok: false, kind: 'aborted', reached: this.#begun ? 'maybe' : 'no' });
  }

  #timedOut(): DuvoError {
    const facts = { ...this.#facts(), reached: this.#begun ? 'maybe' : 'no' } as const;
    return duvoError('timeout', facts, `timed out after ${this.#options.timeoutMs} ms`);
  }

  #silent(): DuvoError {
    if (this.#garbled) return unreadable(this.#facts(), 'body');
    return duvoError('connection', { ...this.#facts(), reached: 'maybe' }, 'the stream ended before the answer came');
  }

  #brokenBy(fault: Fault | 'too-large'): DuvoError {
    return fault === 'too-large' ? unreadable(this.#facts(), 'body') : faultError(this.#operation, fault);
  }
}

function requestId(message: Message): unknown {
  return !Array.isArray(message) && 'method' in message && 'id' in message ? message.id : undefined;
}

function flat(headers: IncomingHttpHeaders): [string, string][] {
  return Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value] as [string, string]],
  );
}
