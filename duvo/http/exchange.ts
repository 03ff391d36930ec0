import { setMaxListeners } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { Reached } from '../errors/duvo-error';
import { MAX_RESPONSE_BYTES } from '../model/limits';

/** One HTTP request. Nothing in this file interprets a body. */
export interface ExchangeRequest {
  method: 'GET' | 'POST' | 'PUT';
  /** Required for a dispatcher of several origins. */
  origin?: string;
  /** Path and query, encoded. */
  path: string;
  headers: Record<string, string>;
  /** The length of a stream is in the header `content-length`. */
  body?: string | AsyncIterable<Uint8Array>;
  signal?: AbortSignal;
}

export interface HttpResponse {
  ok: true;
  status: number;
  headers: IncomingHttpHeaders;
  /** The whole body. `undefined` when it is over the limit, or when it broke off in a response that is not 2xx. */
  body: string | undefined;
}

export interface TransportFailure {
  ok: false;
  kind: 'connection' | 'timeout' | 'aborted';
  /** Error code of the operating system or of undici: `ECONNREFUSED`, `UND_ERR_SOCKET`. */
  code?: string;
  /** The phase in which the failure occurred. */
  waitingFor?: Phase;
  /** The status with which a proxy refused the connection. */
  proxyStatus?: number;
  reached: Exclude<Reached, 'yes'>;
}

export type Phase = 'connection' | 'headers' | 'body';

export interface PhaseLimits {
  connectMs: number;
  headersMs: number;
  bodyMs: number;
}

/**
 * Sends one request and reads the whole response. The signal must not be aborted yet. Never rejects.
 *
 * The function uses undici's `dispatch` instead of `request` for three reasons. `dispatch` reports when the request is written,
 * so the function can tell for certain that a request was never sent. An abort works while the call still waits for a
 * connection. A poll costs no stream, no `AbortController` and no composed signal. Bodies are always read to their end, so
 * that connections return to the pool.
 */
export function exchange(
  dispatcher: Dispatcher,
  request: ExchangeRequest,
  limits: PhaseLimits,
): Promise<HttpResponse | TransportFailure> {
  return new Promise((resolve) => {
    const { signal } = request;
    const handler = new ExchangeHandler(limits, (outcome) => {
      signal?.removeEventListener('abort', onAbort);
      resolve(outcome);
    });
    const onAbort = () => handler.fail({ kind: 'aborted' });
    if (signal) {
      // Many calls may share one long-lived signal. Node.js would warn of a leak, although each listener is removed. A signal
      // of a polyfill is no EventTarget: it never warns, and setMaxListeners would refuse it.
      if (signal instanceof EventTarget) setMaxListeners(Infinity, signal);
      signal.addEventListener('abort', onAbort);
    }
    const { method, origin, path, headers } = request;
    const body =
      typeof request.body === 'object'
        ? Readable.from(handler.trackUpload(request.body), { objectMode: false })
        : request.body;
    dispatcher.dispatch({ method, origin, path, headers, body, headersTimeout: 0, bodyTimeout: 0 }, handler);
  });
}

export type TransportFailureCause = Pick<TransportFailure, 'kind' | 'code' | 'waitingFor' | 'proxyStatus'>;

/** Reads the cause of a failure from undici's error. */
export function toFailureCause(error: Error, waitingFor: Phase): TransportFailureCause {
  const { code } = error as NodeJS.ErrnoException;
  // Undici puts the status of the proxy only into the message.
  const refused = waitingFor === 'connection' ? /^Proxy response \((\d{3})\)/.exec(error.message) : undefined;
  if (refused) return { kind: 'connection', waitingFor, proxyStatus: Number(refused[1]) };
  return { kind: code === 'UND_ERR_CONNECT_TIMEOUT' ? 'timeout' : 'connection', code, waitingFor };
}

class ExchangeHandler implements Dispatcher.DispatchHandler {
  readonly #limits: PhaseLimits;
  readonly #settle: (outcome: HttpResponse | TransportFailure) => void;
  readonly #chunks: Buffer[] = [];
  #size = 0;
  #phase: Phase = 'connection';
  #timer: NodeJS.Timeout | undefined;
  #settled = false;
  #sent = false;
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #headers: IncomingHttpHeaders = {};

  constructor(limits: PhaseLimits, settle: (outcome: HttpResponse | TransportFailure) => void) {
    this.#limits = limits;
    this.#settle = settle;
    this.#startPhase('connection', limits.connectMs);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // The request ended while it waited for a connection, so it must not be written any more.
    if (this.#settled) return controller.abort(new Error('the request has ended'));
    this.#controller = controller;
    this.#sent = true;
    this.#startPhase('headers', this.#limits.headersMs);
  }

  /** Passes on the chunks of a long request body, and restarts the header timeout at each chunk: the response is not late yet. */
  async *trackUpload(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of body) {
      if (this.#phase === 'headers' && !this.#settled) this.#startPhase('headers', this.#limits.headersMs);
      yield chunk;
    }
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200 || this.#settled) return;
    this.#status = status;
    this.#headers = headers;
    this.#startPhase('body', this.#limits.bodyMs);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#settled) return;
    this.#size += chunk.length;
    if (this.#size <= MAX_RESPONSE_BYTES) return void this.#chunks.push(chunk);
    this.#finishWithResponse(undefined);
    controller.abort(new Error('the response is too large'));
  }

  onResponseEnd(): void {
    const [first, second] = this.#chunks;
    if (first === undefined) this.#finishWithResponse('');
    else
      this.#finishWithResponse(
        (second === undefined ? first : Buffer.concat(this.#chunks, this.#size)).toString('utf8'),
      );
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    this.fail(toFailureCause(error, this.#phase));
  }

  /** Ends the exchange with a failure, and closes its socket. */
  fail(cause: TransportFailureCause): void {
    if (this.#settled) return;
    // For a response that is not 2xx, the status matters more than the failure to read its body.
    if (this.#status >= 300 && cause.kind !== 'aborted') this.#finishWithResponse(undefined);
    else this.#finish({ ok: false, ...cause, reached: this.#sent ? 'maybe' : 'no' });
    this.#controller?.abort(new Error('the request has ended'));
  }

  #finishWithResponse(body: string | undefined): void {
    this.#finish({ ok: true, status: this.#status, headers: this.#headers, body });
  }

  #finish(outcome: HttpResponse | TransportFailure): void {
    if (this.#settled) return;
    this.#settled = true;
    clearTimeout(this.#timer);
    // The result is delayed, because undici marks the connection as free in a setImmediate after this call. A next call before
    // that would open another connection.
    process.nextTick(setImmediate, this.#settle, outcome);
  }

  #startPhase(phase: Phase, limitMs: number): void {
    this.#phase = phase;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.fail({ kind: 'timeout', waitingFor: phase }), limitMs);
  }
}
