import { performance } from 'node:perf_hooks';
import { Agent, type Dispatcher, Pool } from 'undici';
import { answerError, requestIdOf } from './answer-error';
import type { KeySource } from './api-key';
import { duvoError } from './errors';
import { DuvoError, type DuvoErrorFacts } from './error';
import { exchange, type Answer, type ExchangeRequest, type Fault } from './exchange';
import { exchangeStream, type StreamAnswer, type StreamRequest } from './exchange-stream';
import type { OperationRequest, Upload } from './request';
import { type About, ContractViolation, type JsonObject, type Operation } from './operation';
import type { RequestEvent, Settings } from './options';
import { redact } from './redact';
import { serverTime } from './retry-after';
import { safeIdentifier, type Sent } from './screen';
import { isObject } from './wire/read';

type OperationFacts = About & { scope: string };

/** A request of a session; `sent` is what no error may show. */
export interface CallerStreamRequest extends Omit<StreamRequest, 'path'> {
  sent?: JsonObject;
}

/** Makes calls: adds the key, sends, reads the answer, tells `onRequest`. */
export class Caller {
  readonly #settings: Settings;
  readonly #keys: KeySource;
  readonly #pool: Pool;
  /** For other hosts than Duvo's own. */
  readonly #others: Agent;
  #closed: Promise<void> | undefined;

  constructor(settings: Settings, keys: KeySource) {
    this.#settings = settings;
    this.#keys = keys;
    const options = { connections: settings.maxConnections, connect: { timeout: settings.connectMs } };
    // Polls come every few seconds: undici's 4 s would open a connection for each of them.
    this.#pool = new Pool(settings.origin, { ...options, keepAliveTimeout: 30_000 });
    this.#others = new Agent(options);
  }

  /** @throws DuvoError */
  async call<T, I>(operation: Operation<T, I>, input: I, request: OperationRequest, signal?: AbortSignal): Promise<T> {
    const current = this.#keys.current();
    const key = typeof current === 'string' ? current : await current;
    const first = await this.#attempt(operation, input, request, key, signal);
    if (!(first instanceof DuvoError)) return first.value;
    if (first.kind !== 'unauthorized') throw first;
    // Refused, so nothing was done: safe to send again, once, if the key was changed meanwhile.
    const fresh = await this.#keys.reload();
    if (fresh === undefined || fresh === key) throw first;
    const second = await this.#attempt(operation, input, request, fresh, signal);
    if (second instanceof DuvoError) throw second;
    return second.value;
  }

  /**
   * Sends one request of a session, whose answer is read while it arrives. `onRequest` is told when it begins.
   *
   * @throws DuvoError also for an answer that is not 2xx
   */
  async stream(operation: OperationFacts, request: CallerStreamRequest): Promise<StreamAnswer> {
    const key = await this.#keys.current();
    const first = await this.#openStream(operation, request, key);
    if (!(first instanceof DuvoError)) return first;
    const fresh = first.kind === 'unauthorized' ? await this.#keys.reload() : undefined;
    if (fresh === undefined || fresh === key) throw first;
    const second = await this.#openStream(operation, request, fresh);
    if (second instanceof DuvoError) throw second;
    return second;
  }

  /** Lets calls in flight end. */
  close(): Promise<void> {
    this.#closed ??= Promise.all([this.#pool.close(), this.#others.close()]).then(() => undefined);
    return this.#closed;
  }

  /** Puts a file to an upload URL. The URL is a secret: it needs no key, and no error shows it. @throws DuvoError */
  async put({ name }: About, url: URL, upload: Upload, signal?: AbortSignal): Promise<void> {
    const about = { name, method: 'PUT', path: '<upload url>', scope: '' };
    // Not in the clear while Duvo itself is spoken to by TLS.
    if (url.protocol !== 'https:' && (url.protocol !== 'http:' || this.#settings.origin.startsWith('https:'))) {
      const facts = { ...factsOf(about), field: 'upload_url', reached: 'no' as const };
      throw duvoError('contract', facts, 'the answer is not what the API promises: upload_url is no https URL');
    }
    const request: ExchangeRequest = {
      method: 'PUT',
      origin: url.origin,
      path: url.pathname + url.search,
      headers: { 'user-agent': this.#settings.userAgent, ...uploadHeaders(upload) },
      body: upload.read(),
      signal,
    };
    const sent: Sent = { key: url.href, unseen: true };
    const result = await this.#send(this.#others, about, sent, request, (answer) => {
      if (answer.status < 300) return { value: undefined };
      const error = answerError(about, answer, sent, '');
      if (error.kind === 'rate-limited' || error.kind === 'server' || error.kind === 'timeout') return error;
      return duvoError(error.kind, error, 'the upload URL is refused: it may have expired, so ask again');
    });
    if (result instanceof DuvoError) throw result;
  }

  async #attempt<T, I>(
    operation: Operation<T, I>,
    input: I,
    request: OperationRequest,
    key: string,
    signal?: AbortSignal,
  ): Promise<{ value: T } | DuvoError> {
    const sent: Sent = { key, body: request.body, unseen: request.upload !== undefined };
    const exchanged: ExchangeRequest = {
      method: operation.method,
      path: this.#settings.basePath + request.path,
      headers: this.#headers(request, key),
      body: request.upload?.read() ?? request.text,
      signal,
    };
    return this.#send(this.#pool, operation, sent, exchanged, (answer) => this.#read(operation, input, answer, sent));
  }

  /** Sends, reads what comes back, and tells of it. */
  async #send<T>(
    dispatcher: Dispatcher,
    operation: About,
    sent: Sent,
    request: ExchangeRequest,
    read: (answer: Answer) => { value: T } | DuvoError,
  ): Promise<{ value: T } | DuvoError> {
    if (request.signal?.aborted) return faultError(operation, { ok: false, kind: 'aborted', reached: 'no' });
    const startedAt = performance.now();
    const answer = await exchange(dispatcher, request, this.#settings);
    const result = answer.ok ? read(answer) : faultError(operation, answer);
    if (this.#settings.onRequest) {
      this.#tell({
        operation: operation.name,
        method: operation.method,
        path: operation.path,
        status: answer.ok ? answer.status : undefined,
        durationMs: Math.round(performance.now() - startedAt),
        requestId: result instanceof DuvoError ? result.requestId : answer.ok ? requestIdOf(answer, sent) : undefined,
        errorKind: result instanceof DuvoError ? result.kind : undefined,
      });
    }
    return result;
  }

  async #openStream(
    operation: OperationFacts,
    request: CallerStreamRequest,
    key: string,
  ): Promise<StreamAnswer | DuvoError> {
    const sent: Sent = { key, body: request.sent };
    const startedAt = performance.now();
    const path = this.#settings.basePath + operation.path;
    const headers = { ...this.#headers({ path }, key), ...request.headers };
    const answer = await exchangeStream(this.#pool, { ...request, path, headers }, this.#settings);
    let error: DuvoError | undefined;
    if (!answer.ok) error = faultError(operation, answer);
    else if (answer.status >= 300) {
      const body = await new Response(answer.body).text().catch(() => undefined);
      error = answerError(operation, { ...answer, body }, sent, this.#keys.hint);
    }
    this.#tell({
      operation: operation.name,
      method: request.method,
      path: operation.path,
      status: answer.ok ? answer.status : undefined,
      durationMs: Math.round(performance.now() - startedAt),
      requestId: error ? error.requestId : answer.ok ? requestIdOf(answer, sent) : undefined,
      errorKind: error?.kind,
    });
    return error ?? (answer as StreamAnswer);
  }

  #headers(request: OperationRequest, key: string): Record<string, string> {
    const headers: Record<string, string> = {
      authorization: `Bearer ${key}`,
      accept: 'application/json',
      'accept-encoding': 'identity',
      'user-agent': this.#settings.userAgent,
    };
    if (request.idempotencyKey !== undefined) headers['idempotency-key'] = request.idempotencyKey;
    if (request.text !== undefined) headers['content-type'] = 'application/json';
    if (request.upload) Object.assign(headers, uploadHeaders(request.upload));
    return headers;
  }

  #read<T, I>(operation: Operation<T, I>, input: I, answer: Answer, sent: Sent): { value: T } | DuvoError {
    if (answer.status >= 300) return answerError(operation, answer, sent, this.#keys.hint);
    try {
      const body = operation.mayBeEmpty && answer.status === 204 ? {} : parse(answer.body);
      return { value: operation.read(body, { input, serverTime: serverTime(answer.headers) }) };
    } catch (error) {
      if (!(error instanceof ContractViolation)) throw error;
      // Duvo may well have acted: it is its answer that cannot be read.
      const facts = { ...factsOf(operation), status: answer.status, requestId: requestIdOf(answer, sent) };
      const note = `the answer is not what the API promises: ${error.field} is missing or wrong`;
      return duvoError('contract', { ...facts, field: error.field, reached: 'maybe' }, note);
    }
  }

  #tell(event: RequestEvent): void {
    try {
      this.#settings.onRequest?.(redact(event) as unknown as RequestEvent);
    } catch {
      // A logger's fault is not the call's.
    }
  }
}

/** HTML and other bodies of proxies come with any content type, so only the text itself is believed. */
function parse(text: string | undefined): JsonObject {
  try {
    const body: unknown = JSON.parse(text?.startsWith('\uFEFF') ? text.slice(1) : (text ?? ''));
    if (isObject(body)) return body;
  } catch {
    // Below.
  }
  throw new ContractViolation('body');
}

function uploadHeaders({ type, length }: Upload): Record<string, string> {
  return { 'content-type': type, 'content-length': String(length) };
}

export function faultError(operation: About, fault: Fault): DuvoError {
  const { kind, reached, waitingFor } = fault;
  const facts: DuvoErrorFacts = { ...factsOf(operation), code: safeIdentifier(fault.code, { key: '' }), reached };
  if (kind === 'aborted') return duvoError(kind, facts, 'aborted by the caller');
  if (kind === 'timeout') return duvoError(kind, facts, `timed out while waiting for the ${waitingFor}`);
  if (reached === 'no') {
    return duvoError(kind, facts, 'no connection to Duvo: check the network and DUVO_API_BASE_URL');
  }
  return duvoError(kind, facts, `the connection broke while waiting for the ${waitingFor}`);
}

function factsOf({ name, method, path }: About): Pick<DuvoErrorFacts, 'operation' | 'method' | 'path'> {
  return { operation: name, method, path };
}
