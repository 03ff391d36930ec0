import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { MAX_RESPONSE_BYTES } from '../model/limits';
import {
  type Phase,
  type PhaseLimits,
  toFailureCause,
  type TransportFailure,
  type TransportFailureCause,
} from './exchange';

/** One HTTP request whose response is read as a stream. */
export interface StreamRequest {
  method: 'GET' | 'POST' | 'DELETE';
  /** Path and query, encoded. */
  path: string;
  headers: Record<string, string>;
  body?: string;
  signal: AbortSignal;
  /** Whether only the signal limits the time of a 2xx response. The connection and the body of an error keep their timeouts. */
  hasNoResponseTimeout: boolean;
  /** Called when the response body breaks off, before the reader of the body gets its error. */
  onBodyFailure: (failure: TransportFailure | 'too-large') => void;
}

export interface StreamResponse {
  ok: true;
  status: number;
  headers: IncomingHttpHeaders;
  body: ReadableStream<Uint8Array>;
}

/**
 * Sends one request and returns its response as soon as the headers are there. Never rejects. `exchange` is the cheaper
 * function for responses that are read as a whole: it needs no stream and no signal.
 */
export function exchangeStream(
  dispatcher: Dispatcher,
  request: StreamRequest,
  limits: PhaseLimits,
): Promise<StreamResponse | TransportFailure> {
  return new Promise((resolve) => {
    const { method, path, headers, body } = request;
    const handler = new StreamHandler(request, limits, resolve);
    if (request.signal.aborted) return handler.fail({ kind: 'aborted' });
    dispatcher.dispatch({ method, path, headers, body, headersTimeout: 0, bodyTimeout: 0 }, handler);
  });
}

class StreamHandler implements Dispatcher.DispatchHandler {
  readonly #request: StreamRequest;
  readonly #limits: PhaseLimits;
  readonly #resolve: (outcome: StreamResponse | TransportFailure) => void;
  #phase: Phase = 'connection';
  #timer: NodeJS.Timeout | undefined;
  #sent = false;
  #ended = false;
  #size = 0;
  #controller: Dispatcher.DispatchController | undefined;
  #body: ReadableStreamDefaultController<Uint8Array> | undefined;

  constructor(
    request: StreamRequest,
    limits: PhaseLimits,
    resolve: (outcome: StreamResponse | TransportFailure) => void,
  ) {
    this.#request = request;
    this.#limits = limits;
    this.#resolve = resolve;
    request.signal.addEventListener('abort', this.#onAbort);
    this.#startPhase('connection', limits.connectMs);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // The request ended while it waited for a connection, so it must not be written any more.
    if (this.#ended) return controller.abort(new Error('the request has ended'));
    this.#controller = controller;
    this.#sent = true;
    this.#startPhase('headers', this.#request.hasNoResponseTimeout ? undefined : this.#limits.headersMs);
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200 || this.#ended) return;
    this.#startPhase('body', this.#request.hasNoResponseTimeout && status < 300 ? undefined : this.#limits.bodyMs);
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => void (this.#body = controller),
      cancel: () => this.#end(),
    });
    this.#resolve({ ok: true, status, headers, body });
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#ended) return;
    this.#size += chunk.length;
    if (this.#size <= MAX_RESPONSE_BYTES) return this.#body?.enqueue(new Uint8Array(chunk));
    this.#failBody('too-large');
    this.#end();
  }

  onResponseEnd(): void {
    if (this.#ended) return;
    this.#controller = undefined;
    this.#body?.close();
    this.#end();
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    this.fail(toFailureCause(error, this.#phase));
  }

  /** Ends the exchange with a failure, and closes its socket. */
  fail(cause: TransportFailureCause): void {
    if (this.#ended) return;
    const failure: TransportFailure = { ok: false, ...cause, reached: this.#sent ? 'maybe' : 'no' };
    if (this.#body) this.#failBody(failure);
    else this.#resolve(failure);
    this.#end();
  }

  #failBody(failure: TransportFailure | 'too-large'): void {
    this.#request.onBodyFailure(failure);
    this.#body?.error(new Error('the response broke off'));
  }

  readonly #onAbort = () => this.fail({ kind: 'aborted' });

  #end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#request.signal.removeEventListener('abort', this.#onAbort);
    this.#controller?.abort(new Error('the request has ended'));
  }

  #startPhase(phase: Phase, limitMs: number | undefined): void {
    this.#phase = phase;
    clearTimeout(this.#timer);
    if (limitMs !== undefined)
      this.#timer = setTimeout(() => this.fail({ kind: 'timeout', waitingFor: phase }), limitMs);
  }
}
