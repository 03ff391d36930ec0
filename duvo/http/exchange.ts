import { setMaxListeners } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { Reached } from '../errors/duvo-error';
import { MAX_RESPONSE_BYTES } from '../model/limits';

/** One HTTP request and what came of it. Nothing here knows what is in a body. */
export interface ExchangeRequest {
  method: 'GET' | 'POST' | 'PUT';
  /** For a dispatcher of several. */
  origin?: string;
  /** Path and query, encoded. */
  path: string;
  headers: Record<string, string>;
  /** A stream is as long as the header `content-length` says. */
  body?: string | AsyncIterable<Uint8Array>;
  signal?: AbortSignal;
}

export interface HttpResponse {
  ok: true;
  status: number;
  headers: IncomingHttpHeaders;
  /** The whole body; `undefined` when it is over the limit, or when it broke off under a status that says enough. */
  body: string | undefined;
}

export interface TransportFailure {
  ok: false;
  kind: 'connection' | 'timeout' | 'aborted';
  /** Of the system or of undici: `ECONNREFUSED`, `UND_ERR_SOCKET`. */
  code?: string;
  /** What was waited for. */
  waitingFor?: Phase;
  /** What a proxy said when it was asked for the connection. */
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
 * Sends one request; its signal is not aborted yet. Never rejects.
 *
 * On undici's `dispatch`, below its `request`: it says when the request is written, so that "was never sent" is known
 * and not guessed; an abort works while the call still waits for a connection; and a poll costs no stream, no
 * `AbortController` and no composed signal. Bodies are always read to their end, so connections go back to the pool.
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
      // Many calls may share one long-lived signal: no leak, and nothing to warn of. (Signals of a polyfill do not warn,
      // and are refused here.)
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

/** What undici's error says. */
export function toFailureCause(error: Error, waitingFor: Phase): TransportFailureCause {
  const { code } = error as NodeJS.ErrnoException;
  // Undici says it in words alone.
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
    // Given up while it waited for a connection: it must not be written any more.
    if (this.#settled) return controller.abort(new Error('given up'));
    this.#controller = controller;
    this.#sent = true;
    this.#startPhase('headers', this.#limits.headersMs);
  }

  /** The bytes of a long body. While they are taken, the answer is not late. */
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
    controller.abort(new Error('too large'));
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

  /** Ends the exchange from this side, and closes its socket. */
  fail(fault: TransportFailureCause): void {
    if (this.#settled) return;
    // An answer whose status tells all is worth more than the fate of its body.
    if (this.#status >= 300 && fault.kind !== 'aborted') this.#finishWithResponse(undefined);
    else this.#finish({ ok: false, ...fault, reached: this.#sent ? 'maybe' : 'no' });
    this.#controller?.abort(new Error('given up'));
  }

  #finishWithResponse(body: string | undefined): void {
    this.#finish({ ok: true, status: this.#status, headers: this.#headers, body });
  }

  #finish(outcome: HttpResponse | TransportFailure): void {
    if (this.#settled) return;
    this.#settled = true;
    clearTimeout(this.#timer);
    // Not at once: undici marks the connection as free with a setImmediate after this call; a next call before it would
    // open another connection.
    process.nextTick(setImmediate, this.#settle, outcome);
  }

  #startPhase(phase: Phase, limitMs: number): void {
    this.#phase = phase;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.fail({ kind: 'timeout', waitingFor: phase }), limitMs);
  }
}
