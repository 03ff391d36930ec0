import type { IncomingHttpHeaders } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { DuvoError, type DuvoErrorFacts } from '../errors/duvo-error';
import { duvoError } from '../errors/error-classes';
import type { TransportFailure } from '../http/exchange';
import type { HttpTransport } from '../http/http-transport';
import type { OperationRequest } from '../http/request';
import { requestIdOf, transportError } from '../http/response-error';
import { MAX_TIMER_MS } from '../model/limits';
import type { OperationInfo } from '../model/operation';
import { mcpContractError, mcpError } from './mcp-errors';

/** Loaded by the first call: whoever uses no tools does not pay for it. */
const loadSdk = () => import('@modelcontextprotocol/client');

type Sdk = Awaited<ReturnType<typeof loadSdk>>;
export type McpClient = InstanceType<Sdk['Client']>;
type Transport = InstanceType<Sdk['StreamableHTTPClientTransport']>;
type FetchLike = NonNullable<NonNullable<ConstructorParameters<Sdk['StreamableHTTPClientTransport']>[1]>['fetch']>;
type Message = Parameters<Transport['send']>[0];

export interface McpSessionOptions {
  signal?: AbortSignal;
  timeoutMs: number;
}

export interface McpRequestOptions {
  signal: AbortSignal;
  /** The client's own time-out must not be sooner than ours. */
  timeout: number;
}

/** How long the goodbyes of a session may take, in milliseconds: nothing depends on them. */
const CLOSE_TIMEOUT_MS = 1_000;

/**
 * One session with the hosted MCP server: the official client on its Streamable HTTP transport, whose requests take the
 * connections, credentials and error classes of all other calls. What ends it: the result, the caller's signal (which
 * closes the socket, and is told to the server), the time-out, an answer that breaks off or cannot be read.
 */
export class McpSession {
  readonly #transport: HttpTransport;
  readonly #operation: OperationInfo & { scope: string };
  readonly #request: OperationRequest;
  readonly #options: McpSessionOptions;
  /** Aborted by the caller's signal; the client tells the server. */
  readonly #abortController = new AbortController();
  readonly #sessionFailure: Promise<never>;
  #failSession!: (error: DuvoError) => void;
  /** Messages that nobody waits for. */
  readonly #notifications: Promise<unknown>[] = [];
  readonly #answeredIds = new Set<unknown>();
  #isEventStream = false;
  #hasParseError = false;
  #bodyError: DuvoError | undefined;
  #lastHeaders: IncomingHttpHeaders = {};
  /** Whether what matters was sent: what goes before is only the handshake. */
  #isConnected = false;

  constructor(
    caller: HttpTransport,
    operation: OperationInfo & { scope: string },
    request: OperationRequest,
    options: McpSessionOptions,
  ) {
    this.#transport = caller;
    this.#operation = operation;
    this.#request = request;
    this.#options = options;
    this.#sessionFailure = new Promise<never>((_, reject) => (this.#failSession = reject));
  }

  /** Opens the session, does the work, closes it. @throws DuvoError */
  async run<T>(work: (client: McpClient, options: McpRequestOptions) => Promise<T>): Promise<T> {
    const { signal, timeoutMs } = this.#options;
    if (signal?.aborted) throw this.#abortedError();
    const { Client, StreamableHTTPClientTransport } = await loadSdk();
    const client = new Client({ name: 'duvo-temporal', version: '1' });
    // Only its path matters: requests go through the caller's dispatcher.
    const url = new URL(`http://duvo${this.#operation.path}`);
    const transport = this.#watchTransport(new StreamableHTTPClientTransport(url, { fetch: this.#fetch }));
    client.onerror = ({ name }) => (this.#hasParseError ||= name === 'SyntaxError' || name === 'ZodError');
    const options = { signal: this.#abortController.signal, timeout: MAX_TIMER_MS };
    const onAbort = () => this.#abortController.abort();
    signal?.addEventListener('abort', onAbort);
    const timer = setTimeout(() => this.#failSession(this.#timeoutError()), timeoutMs);
    const done = (async () => {
      await client.connect(transport, options);
      this.#isConnected = true;
      return await work(client, options);
    })();
    try {
      return await Promise.race([this.#sessionFailure, done]);
    } catch (error) {
      throw this.#toDuvoError(error);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      this.#notifications.push(transport.terminateSession().catch(() => undefined));
      await Promise.race([Promise.all(this.#notifications), delay(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
      await client.close().catch(() => undefined);
    }
  }

  /**
   * Sees to it that a request ends when its answer does. The client itself would wait for its time-out when a stream ends
   * without an answer, or when an answer is to something else.
   */
  #watchTransport(transport: Transport): Transport {
    const send = transport.send.bind(transport);
    transport.onmessage = (message) => {
      if ('id' in message && !('method' in message)) this.#answeredIds.add(message.id);
    };
    transport.send = async (message, options) => {
      const id = requestId(message);
      const onRequestStreamEnd = () => {
        if (id !== undefined && !this.#answeredIds.has(id))
          this.#failSession(this.#bodyError ?? this.#missingResponseError());
      };
      const sent = send(message, { ...options, onRequestStreamEnd });
      if (id === undefined) this.#notifications.push(sent.catch(() => undefined));
      await sent;
      if (id !== undefined && !this.#isEventStream && !this.#answeredIds.has(id))
        this.#failSession(mcpContractError(this.#errorFacts(), 'body'));
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
    const ends = [init.signal, isNotice ? undefined : this.#abortController.signal].filter((signal) => !!signal);
    try {
      const answer = await this.#transport.stream(this.#operation, {
        method,
        headers,
        body,
        signal: AbortSignal.any(ends),
        hasNoResponseTimeout: resumes || 'idempotency-key' in headers,
        onBodyFailure: (fault) => (this.#bodyError = this.#bodyFailureError(fault)),
        sentBody: this.#request.body,
      });
      if (!isNotice) {
        this.#lastHeaders = answer.headers;
        this.#isEventStream = /^text\/event-stream\b/i.test(answer.headers['content-type'] ?? '');
      }
      const noBody = answer.status === 204 || answer.status === 205;
      return new Response(noBody ? null : answer.body, {
        status: answer.status,
        headers: flattenHeaders(answer.headers),
      });
    } catch (error) {
      // Neither a session that cannot be ended nor a stream that cannot be resumed is a fault: the client goes on.
      if (error instanceof DuvoError && error.status === 405 && method !== 'POST') {
        return new Response(null, { status: 405 });
      }
      throw error;
    }
  };

  #toDuvoError(error: unknown): DuvoError {
    if (this.#options.signal?.aborted) return this.#abortedError();
    if (error instanceof DuvoError) return error;
    return this.#bodyError ?? mcpError(error, this.#errorFacts());
  }

  #errorFacts(): Omit<DuvoErrorFacts, 'reached'> {
    const { name: operation, method, path } = this.#operation;
    const sent = { secret: '', body: this.#request.body };
    return { operation, method, path, requestId: requestIdOf({ headers: this.#lastHeaders }, sent) };
  }

  #abortedError(): DuvoError {
    return transportError(this.#operation, { ok: false, kind: 'aborted', reached: this.#isConnected ? 'maybe' : 'no' });
  }

  #timeoutError(): DuvoError {
    const facts = { ...this.#errorFacts(), reached: this.#isConnected ? 'maybe' : 'no' } as const;
    return duvoError('timeout', facts, `timed out after ${this.#options.timeoutMs} ms`);
  }

  #missingResponseError(): DuvoError {
    if (this.#hasParseError) return mcpContractError(this.#errorFacts(), 'body');
    return duvoError(
      'connection',
      { ...this.#errorFacts(), reached: 'maybe' },
      'the stream ended before the answer came',
    );
  }

  #bodyFailureError(fault: TransportFailure | 'too-large'): DuvoError {
    return fault === 'too-large'
      ? mcpContractError(this.#errorFacts(), 'body')
      : transportError(this.#operation, fault);
  }
}

function requestId(message: Message): unknown {
  return !Array.isArray(message) && 'method' in message && 'id' in message ? message.id : undefined;
}

function flattenHeaders(headers: IncomingHttpHeaders): [string, string][] {
  return Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value] as [string, string]],
  );
}
