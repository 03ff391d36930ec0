import { performance } from 'node:perf_hooks';
import type { Dispatcher } from 'undici';
import { waitUnlessAborted } from './wait-unless-aborted';
import { responseError, requestIdOf } from '../errors/response-error';
import { factsOf, transportError } from '../errors/transport-error';
import type { Connections } from './connections';
import type { Credentials } from '../auth/credentials';
import { type Deprecation, DeprecationLog } from './deprecation-log';
import { duvoError } from '../errors/error-classes';
import { DuvoError } from '../errors/duvo-error';
import { exchange, type HttpResponse, type ExchangeRequest } from './exchange';
import { exchangeStream, type StreamResponse, type StreamRequest } from './exchange-stream';
import type { OperationRequest, UploadBody } from './request';
import { type OperationInfo, ContractViolation, type JsonObject, type Operation } from '../operation';
import type { RequestEvent, ClientSettings } from '../options';
import { redact } from './redact';
import { readServerTime } from './retry-after';
import type { RequestSecrets } from '../errors/sanitize';
import { isObject } from '../dialects/parse-wire';

/** Of a request that carries none. */
const NO_CREDENTIAL_HINTS = { hint: '', scopeHint: '' };

type ScopedOperationInfo = OperationInfo & { scope: string };

/** A request of a session; `sent` is what no error may show. */
export interface TransportStreamRequest extends Omit<StreamRequest, 'path'> {
  sentBody?: JsonObject;
}

/** Makes calls: adds the key, sends, reads the answer, tells `onRequest`. */
export class HttpTransport {
  readonly #settings: ClientSettings;
  readonly #credentials: Credentials;
  readonly #connections: Connections;
  readonly #deprecations: DeprecationLog;
  #closed: Promise<void> | undefined;

  constructor(settings: ClientSettings, credentials: Credentials, connections: Connections) {
    this.#settings = settings;
    this.#credentials = credentials;
    this.#connections = connections;
    this.#deprecations = new DeprecationLog(settings.onDeprecation);
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
  async stream(operation: ScopedOperationInfo, request: TransportStreamRequest): Promise<StreamResponse> {
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
  async putFile({ name }: OperationInfo, url: URL, upload: UploadBody, signal?: AbortSignal): Promise<void> {
    const operation = { name, method: 'PUT', path: '<upload url>', scope: '' };
    // Not in the clear while Duvo itself is spoken to by TLS.
    if (url.protocol !== 'https:' && (url.protocol !== 'http:' || this.#settings.origin.startsWith('https:'))) {
      const facts = { ...factsOf(operation), field: 'upload_url', reached: 'no' as const };
      throw duvoError(
        'contract-violation',
        facts,
        'the answer is not what the API promises: upload_url is no https URL',
      );
    }
    const request: ExchangeRequest = {
      method: 'PUT',
      origin: url.origin,
      path: url.pathname + url.search,
      headers: { 'user-agent': this.#settings.userAgent, ...uploadHeaders(upload) },
      body: upload.read(),
      signal,
    };
    const secrets: RequestSecrets = { secret: url.href, hasOpaqueBody: true };
    const result = await this.#send(this.#connections.otherHosts, operation, secrets, request, (response) => {
      if (response.status < 300) return { value: undefined };
      const error = responseError(operation, response, secrets, NO_CREDENTIAL_HINTS);
      if (error.kind === 'rate-limited' || error.kind === 'server' || error.kind === 'timeout') return error;
      return duvoError(error.kind, error, 'the upload URL is refused: it may have expired, so ask again');
    });
    if (result instanceof DuvoError) throw result;
  }

  /** Makes a call, and once more with another credential when Duvo refuses the first: nothing was done then. */
  async #withCredential<T extends object>(
    operation: OperationInfo,
    attempt: (credential: string) => Promise<T | DuvoError>,
    signal?: AbortSignal,
  ): Promise<T> {
    const aborted = () => transportError(operation, { ok: false, kind: 'aborted', reached: 'no' });
    let credential = this.#credentials.current();
    if (typeof credential !== 'string') {
      const settled = await waitUnlessAborted(credential, signal);
      if (settled === 'aborted') throw aborted();
      credential = settled.value;
    }
    const first = await attempt(credential);
    if (!(first instanceof DuvoError)) return first;
    if (first.kind !== 'unauthorized') throw first;
    const renewed = await waitUnlessAborted(this.#credentials.renew(credential), signal);
    if (renewed === 'aborted') throw aborted();
    if (renewed.value === undefined) throw first;
    const second = await attempt(renewed.value);
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
    const secrets: RequestSecrets = { secret: key, body: request.body, hasOpaqueBody: request.upload !== undefined };
    const exchangeRequest: ExchangeRequest = {
      method: operation.method,
      path: this.#settings.basePath + request.path,
      headers: this.#headers(request, key),
      body: request.upload?.read() ?? request.text,
      signal,
    };
    return this.#send(this.#connections.api, operation, secrets, exchangeRequest, (response) =>
      this.#readResponse(operation, input, response, secrets),
    );
  }

  /** Sends, reads what comes back, and tells of it. */
  async #send<T>(
    dispatcher: Dispatcher,
    operation: OperationInfo,
    secrets: RequestSecrets,
    request: ExchangeRequest,
    read: (answer: HttpResponse) => { value: T } | DuvoError,
  ): Promise<{ value: T } | DuvoError> {
    if (request.signal?.aborted) return transportError(operation, { ok: false, kind: 'aborted', reached: 'no' });
    const startedAt = performance.now();
    const answer = await exchange(dispatcher, request, this.#settings);
    if (answer.ok) this.#deprecations.record(operation, answer.headers);
    const result = answer.ok ? read(answer) : transportError(operation, answer);
    if (this.#settings.onRequest) {
      this.#emitRequestEvent({
        operation: operation.name,
        method: operation.method,
        path: operation.path,
        status: answer.ok ? answer.status : undefined,
        durationMs: Math.round(performance.now() - startedAt),
        requestId:
          result instanceof DuvoError ? result.requestId : answer.ok ? requestIdOf(answer, secrets) : undefined,
        errorKind: result instanceof DuvoError ? result.kind : undefined,
      });
    }
    return result;
  }

  async #openStream(
    operation: ScopedOperationInfo,
    request: TransportStreamRequest,
    key: string,
  ): Promise<StreamResponse | DuvoError> {
    const secrets: RequestSecrets = { secret: key, body: request.sentBody };
    const startedAt = performance.now();
    const path = this.#settings.basePath + operation.path;
    const headers = { ...this.#headers({ path }, key), ...request.headers };
    const response = await exchangeStream(this.#connections.api, { ...request, path, headers }, this.#settings);
    if (response.ok) this.#deprecations.record(operation, response.headers);
    let error: DuvoError | undefined;
    if (!response.ok) error = transportError(operation, response);
    else if (response.status >= 300) {
      const body = await new Response(response.body).text().catch(() => undefined);
      error = responseError(operation, { ...response, body }, secrets, this.#credentials);
    }
    this.#emitRequestEvent({
      operation: operation.name,
      method: request.method,
      path: operation.path,
      status: response.ok ? response.status : undefined,
      durationMs: Math.round(performance.now() - startedAt),
      requestId: error ? error.requestId : response.ok ? requestIdOf(response, secrets) : undefined,
      errorKind: error?.kind,
    });
    return error ?? (response as StreamResponse);
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

  #readResponse<T, I>(
    operation: Operation<T, I>,
    input: I,
    response: HttpResponse,
    secrets: RequestSecrets,
  ): { value: T } | DuvoError {
    if (response.status >= 300) return responseError(operation, response, secrets, this.#credentials);
    try {
      const body = operation.mayBeEmpty && response.status === 204 ? {} : parse(response.body);
      return { value: operation.read(body, { input, serverTime: readServerTime(response.headers) }) };
    } catch (error) {
      if (!(error instanceof ContractViolation)) throw error;
      // Duvo may well have acted: it is its answer that cannot be read.
      const facts = { ...factsOf(operation), status: response.status, requestId: requestIdOf(response, secrets) };
      const note = `the answer is not what the API promises: ${error.field} is missing or wrong`;
      return duvoError('contract-violation', { ...facts, field: error.field, reached: 'maybe' }, note);
    }
  }

  #emitRequestEvent(event: RequestEvent): void {
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

function uploadHeaders({ contentType, contentLength }: UploadBody): Record<string, string> {
  return { 'content-type': contentType, 'content-length': String(contentLength) };
}
