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

/** One HTTP request whose answer is read while it arrives. */
export interface StreamRequest {
  method: 'GET' | 'POST' | 'DELETE';
  /** Path and query, encoded. */
  path: string;
  headers: Record<string, string>;
  body?: string;
  signal: AbortSignal;
  /** The answer may take as long as the signal allows: only the connection, and the body of an error, have a limit. */
  hasNoResponseTimeout: boolean;
  /** The answer's body broke off: told before its reader finds out. */
  onBodyFailure: (fault: TransportFailure | 'too-large') => void;
}

export interface StreamResponse {
  ok: true;
  status: number;
  headers: IncomingHttpHeaders;
  body: ReadableStream<Uint8Array>;
}

/**
 * Sends one request and gives its answer as soon as the headers are there. Never rejects. The sibling of `exchange`, for
 * answers that are a stream of events: it needs a stream and a signal, which a poll does not.
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
    // Given up while it waited for a connection: it must not be written any more.
    if (this.#ended) return controller.abort(new Error('given up'));
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

  /** Ends the exchange with a fault, and closes its socket. */
  fail(about: TransportFailureCause): void {
    if (this.#ended) return;
    const fault: TransportFailure = { ok: false, ...about, reached: this.#sent ? 'maybe' : 'no' };
    if (this.#body) this.#failBody(fault);
    else this.#resolve(fault);
    this.#end();
  }

  #failBody(fault: TransportFailure | 'too-large'): void {
    this.#request.onBodyFailure(fault);
    this.#body?.error(new Error('the answer broke off'));
  }

  readonly #onAbort = () => this.fail({ kind: 'aborted' });

  #end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#request.signal.removeEventListener('abort', this.#onAbort);
    this.#controller?.abort(new Error('given up'));
  }

  #startPhase(phase: Phase, limitMs: number | undefined): void {
    this.#phase = phase;
    clearTimeout(this.#timer);
    if (limitMs !== undefined)
      this.#timer = setTimeout(() => this.fail({ kind: 'timeout', waitingFor: phase }), limitMs);
  }
}
