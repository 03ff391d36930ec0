import { performance } from 'node:perf_hooks';
import type { Dispatcher } from 'undici';
import { unlessAborted } from './abort';
import { answerError, requestIdOf } from '../errors/answer-error';
import { factsOf, faultError } from '../errors/call-error';
import type { Connections } from './connections';
import type { Credentials } from '../auth/credentials';
import { type Deprecation, Deprecations } from './deprecations';
import { duvoError } from '../errors/errors';
import { DuvoError } from '../errors/error';
import { exchange, type Answer, type ExchangeRequest } from './exchange';
import { exchangeStream, type StreamAnswer, type StreamRequest } from './exchange-stream';
import type { OperationRequest, Upload } from './request';
import { type About, ContractViolation, type JsonObject, type Operation } from '../operation';
import type { RequestEvent, Settings } from '../options';
import { redact } from './redact';
import { serverTime } from './retry-after';
import type { Sent } from '../errors/sanitize';
import { isObject } from '../dialects/read';

/** Of a request that carries none. */
const NO_CREDENTIALS = { hint: '', scopeHint: '' };

type OperationFacts = About & { scope: string };

/** A request of a session; `sent` is what no error may show. */
export interface CallerStreamRequest extends Omit<StreamRequest, 'path'> {
  sent?: JsonObject;
}

/** Makes calls: adds the key, sends, reads the answer, tells `onRequest`. */
export class Caller {
  readonly #settings: Settings;
  readonly #credentials: Credentials;
  readonly #connections: Connections;
  readonly #deprecations: Deprecations;
  #closed: Promise<void> | undefined;

  constructor(settings: Settings, credentials: Credentials, connections: Connections) {
    this.#settings = settings;
    this.#credentials = credentials;
    this.#connections = connections;
    this.#deprecations = new Deprecations(settings.onDeprecation);
  }

  /** @throws DuvoError */
  async call<T, I>(operation: Operation<T, I>, input: I, request: OperationRequest, signal?: AbortSignal): Promise<T> {
    const attempt = (credential: string) => this.#attempt(operation, input, request, credential, signal);
    return (await this.#withCredential(operation, attempt, signal)).value;
  }

  /**
   * Sends one request of a session, whose answer is read while it arrives. `onRequest` is told when it begins.
   *
   * @throws DuvoError also for an answer that is not 2xx
   */
  async stream(operation: OperationFacts, request: CallerStreamRequest): Promise<StreamAnswer> {
    const open = (credential: string) => this.#openStream(operation, request, credential);
    return this.#withCredential(operation, open, request.signal);
  }

  /** What the answers so far said of deprecation. */
  deprecations(): Deprecation[] {
    return this.#deprecations.list();
  }

  /** Lets calls in flight end. */
  close(): Promise<void> {
    this.#closed ??= this.#connections.close();
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
    const result = await this.#send(this.#connections.others, about, sent, request, (answer) => {
      if (answer.status < 300) return { value: undefined };
      const error = answerError(about, answer, sent, NO_CREDENTIALS);
      if (error.kind === 'rate-limited' || error.kind === 'server' || error.kind === 'timeout') return error;
      return duvoError(error.kind, error, 'the upload URL is refused: it may have expired, so ask again');
    });
    if (result instanceof DuvoError) throw result;
  }

  /** Makes a call, and once more with another credential when Duvo refuses the first: nothing was done then. */
  async #withCredential<T extends object>(
    operation: About,
    attempt: (credential: string) => Promise<T | DuvoError>,
    signal?: AbortSignal,
  ): Promise<T> {
    const aborted = () => faultError(operation, { ok: false, kind: 'aborted', reached: 'no' });
    let credential = this.#credentials.current();
    if (typeof credential !== 'string') {
      const came = await unlessAborted(credential, signal);
      if (came === 'aborted') throw aborted();
      credential = came.value;
    }
    const first = await attempt(credential);
    if (!(first instanceof DuvoError)) return first;
    if (first.kind !== 'unauthorized') throw first;
    const fresh = await unlessAborted(this.#credentials.renew(credential), signal);
    if (fresh === 'aborted') throw aborted();
    if (fresh.value === undefined) throw first;
    const second = await attempt(fresh.value);
    if (second instanceof DuvoError) throw second;
    return second;
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
    return this.#send(this.#connections.api, operation, sent, exchanged, (answer) =>
      this.#read(operation, input, answer, sent),
    );
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
    if (answer.ok) this.#deprecations.note(operation, answer.headers);
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
    const answer = await exchangeStream(this.#connections.api, { ...request, path, headers }, this.#settings);
    if (answer.ok) this.#deprecations.note(operation, answer.headers);
    let error: DuvoError | undefined;
    if (!answer.ok) error = faultError(operation, answer);
    else if (answer.status >= 300) {
      const body = await new Response(answer.body).text().catch(() => undefined);
      error = answerError(operation, { ...answer, body }, sent, this.#credentials);
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
    if (answer.status >= 300) return answerError(operation, answer, sent, this.#credentials);
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
