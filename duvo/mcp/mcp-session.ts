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

/** Loads the MCP library at the first call, so that clients without tools do not load it. */
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
  /** Timeout of the MCP client. It must be longer than the time limit of the session. */
  timeout: number;
}

/** Time limit for closing a session, in milliseconds. No result depends on the closing messages. */
const CLOSE_TIMEOUT_MS = 1_000;

/**
 * One session with the hosted MCP server. It uses the official client with its Streamable HTTP transport, but sends the
 * requests over the connections and with the credentials and errors of all other calls. A session ends with the result, with
 * the caller's signal (which closes the socket and notifies the server), with the timeout, or with a response that breaks off
 * or cannot be read.
 */
export class McpSession {
  readonly #transport: HttpTransport;
  readonly #operation: OperationInfo & { scope: string };
  readonly #request: OperationRequest;
  readonly #options: McpSessionOptions;
  /** Aborted by the caller's signal. The MCP client then sends a cancellation to the server. */
  readonly #abortController = new AbortController();
  readonly #sessionFailure: Promise<never>;
  #failSession!: (error: DuvoError) => void;
  /** Messages in flight that need no response. */
  readonly #notifications: Promise<unknown>[] = [];
  readonly #answeredIds = new Set<unknown>();
  #isEventStream = false;
  #hasParseError = false;
  #bodyError: DuvoError | undefined;
  #lastHeaders: IncomingHttpHeaders = {};
  #isLost = false;
  /** Whether the handshake has ended. Before that, the operation itself was not sent. */
  #isConnected = false;

  constructor(
    transport: HttpTransport,
    operation: OperationInfo & { scope: string },
    request: OperationRequest,
    options: McpSessionOptions,
  ) {
    this.#transport = transport;
    this.#operation = operation;
    this.#request = request;
    this.#options = options;
    this.#sessionFailure = new Promise<never>((_, reject) => (this.#failSession = reject));
  }

  /**
   * Whether the server has lost this session, as after a restart: it answered 404, in its own words, to a request with the
   * session's id, and so has not processed that request.
   */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Opens the session, performs the work and closes the session. @throws DuvoError */
  async run<T>(work: (client: McpClient, options: McpRequestOptions) => Promise<T>): Promise<T> {
    const { signal, timeoutMs } = this.#options;
    if (signal?.aborted) throw this.#abortedError();
    const { Client, StreamableHTTPClientTransport } = await loadSdk();
    const client = new Client({ name: 'duvo-temporal', version: '1' });
    // The host is a placeholder: requests are sent by the HttpTransport, which knows the address of the API.
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
   * Fails the session when a response ends without the result of its request. The MCP client itself would wait for its timeout
   * when a stream ends without a result, or when the response belongs to another request.
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
    // The MCP client opens a stream for unsolicited messages of the server. No operation here needs these messages.
    if (method === 'GET' && !resumes) return new Response(null, { status: 405 });
    const body = typeof init.body === 'string' ? init.body : undefined;
    const isNotification = method === 'DELETE' || (body !== undefined && !('id' in (JSON.parse(body) as object)));
    const signals = [init.signal, isNotification ? undefined : this.#abortController.signal].filter(
      (signal) => !!signal,
    );
    try {
      const response = await this.#transport.stream(this.#operation, {
        method,
        headers,
        body,
        signal: AbortSignal.any(signals),
        hasNoResponseTimeout: resumes || 'idempotency-key' in headers,
        onBodyFailure: (failure) => (this.#bodyError = this.#bodyFailureError(failure)),
        sentBody: this.#request.body,
      });
      if (!isNotification) {
        this.#lastHeaders = response.headers;
        this.#isEventStream = /^text\/event-stream\b/i.test(response.headers['content-type'] ?? '');
      }
      const noBody = response.status === 204 || response.status === 205;
      return new Response(noBody ? null : response.body, {
        status: response.status,
        headers: flattenHeaders(response.headers),
      });
    } catch (error) {
      // A 405 only means that the server cannot end a session or resume a stream. The MCP client handles that.
      if (error instanceof DuvoError && error.status === 405 && method !== 'POST') {
        return new Response(null, { status: 405 });
      }
      const isNotFound = error instanceof DuvoError && error.status === 404 && error.reached === 'yes';
      if (isNotFound && method === 'POST' && 'mcp-session-id' in headers) {
        this.#isLost = true;
        throw duvoError('server', error, 'the MCP server of Duvo has lost the session');
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
      'the stream ended before the response came',
    );
  }

  #bodyFailureError(failure: TransportFailure | 'too-large'): DuvoError {
    return failure === 'too-large'
      ? mcpContractError(this.#errorFacts(), 'body')
      : transportError(this.#operation, failure);
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
