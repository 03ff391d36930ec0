import { performance } from 'node:perf_hooks';
import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { DuvoError } from '../errors/duvo-error';
import { duvoError } from '../errors/error-classes';
import { factsOf } from '../errors/input-error';
import type { RequestSecrets } from '../errors/safe-server-text';
import type { JsonObject, Operation, OperationInfo } from '../model/operation';
import type { Connections } from './connections';
import { callWithCredentials } from './call-with-credentials';
import type { Credentials } from './credentials';
import { type Deprecation, DeprecationLog } from './deprecation-log';
import { exchange, type ExchangeRequest, type HttpResponse } from './exchange';
import { exchangeStream, type StreamRequest, type StreamResponse } from './exchange-stream';
import type { HttpSettings, RequestEvent } from './http-options';
import { readResponse } from './read-response';
import { safeLogFields } from './log-fields';
import type { OperationRequest, UploadBody } from './request';
import { requestIdOf, responseError, transportError } from './response-error';

/** Empty hints for errors of a request without a credential: no key and no scope can be the cause. */
const NO_CREDENTIAL_HINTS = { hint: '', scopeHint: '' };

type ScopedOperationInfo = OperationInfo & { scope: string };

/** A request whose response is read as a stream. */
export interface TransportStreamRequest extends Omit<StreamRequest, 'path'> {
  /** The body as an object. No error may show a text of it. */
  sentBody?: JsonObject;
}

/** Makes calls: adds the credential, sends the request, reads the response and reports to `onRequest`. */
export class HttpTransport {
  readonly #settings: HttpSettings;
  readonly #credentials: Credentials;
  readonly #connections: Connections;
  readonly #deprecations: DeprecationLog;
  #closed: Promise<void> | undefined;

  constructor(settings: HttpSettings, credentials: Credentials, connections: Connections) {
    this.#settings = settings;
    this.#credentials = credentials;
    this.#connections = connections;
    this.#deprecations = new DeprecationLog(settings.onDeprecation);
  }

  /** @throws DuvoError */
  async call<T, I>(operation: Operation<T, I>, input: I, request: OperationRequest, signal?: AbortSignal): Promise<T> {
    const attempt = (token: string) => {
      const secrets: RequestSecrets = {
        secret: token,
        body: request.body,
        hasOpaqueBody: request.upload !== undefined,
      };
      const exchangeRequest: ExchangeRequest = {
        method: operation.method,
        path: this.#settings.basePath + request.path,
        headers: this.#headers(request, token),
        body: request.upload?.read() ?? request.text,
        signal,
      };
      return this.#send(this.#connections.api, operation, secrets, exchangeRequest, (response) =>
        readResponse(operation, input, response, secrets, this.#credentials),
      );
    };
    return (await callWithCredentials(this.#credentials, operation, attempt, signal)).value;
  }

  /**
   * Sends one request whose response is read as a stream. `onRequest` is called when the response headers are there.
   *
   * @throws DuvoError also for a status that is not 2xx
   */
  async stream(operation: ScopedOperationInfo, request: TransportStreamRequest): Promise<StreamResponse> {
    const attempt = (token: string) => this.#openStream(operation, request, token);
    return callWithCredentials(this.#credentials, operation, attempt, request.signal);
  }

  /** The deprecations that the responses announced so far. */
  deprecations(): Deprecation[] {
    return this.#deprecations.list();
  }

  /** Closes the connections after the calls in flight have ended. */
  close(): Promise<void> {
    this.#closed ??= this.#connections.close();
    return this.#closed;
  }

  /** Closes the connections at once. */
  destroy(): Promise<void> {
    this.#closed = this.#connections.destroy();
    return this.#closed;
  }

  /** Sends a file to an upload URL. The URL is a secret: it grants access by itself, and no error shows it. @throws DuvoError */
  async putFile({ name }: OperationInfo, url: URL, upload: UploadBody, signal?: AbortSignal): Promise<void> {
    const operation = { name, method: 'PUT', path: '<upload url>', scope: '' };
    // A plain http URL is accepted only when the API itself is used over plain http.
    if (url.protocol !== 'https:' && (url.protocol !== 'http:' || this.#settings.origin.startsWith('https:'))) {
      const facts = { ...factsOf(operation), field: 'upload_url', reached: 'no' as const };
      const note = 'the response is not what the API promises: upload_url is not an https URL';
      throw duvoError('contract-violation', facts, note);
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
      // A storage has its own error bodies, and another PUT of the same file does no harm.
      return duvoError(
        error.kind,
        { ...error, reached: 'yes' },
        'the upload URL was refused, perhaps because it expired: request a new one',
      );
    });
    if (result instanceof DuvoError) throw result;
  }

  async #send<T>(
    dispatcher: Dispatcher,
    operation: OperationInfo,
    secrets: RequestSecrets,
    request: ExchangeRequest,
    read: (response: HttpResponse) => { value: T } | DuvoError,
  ): Promise<{ value: T } | DuvoError> {
    if (request.signal?.aborted) return transportError(operation, { ok: false, kind: 'aborted', reached: 'no' });
    const startedAt = performance.now();
    const response = await exchange(dispatcher, request, this.#settings);
    if (response.ok) this.#deprecations.record(operation, response.headers);
    const result = response.ok ? read(response) : transportError(operation, response);
    const error = result instanceof DuvoError ? result : undefined;
    this.#emitRequestEvent(operation, operation.method, startedAt, response.ok ? response : undefined, error, secrets);
    return result;
  }

  async #openStream(
    operation: ScopedOperationInfo,
    request: TransportStreamRequest,
    token: string,
  ): Promise<StreamResponse | DuvoError> {
    const secrets: RequestSecrets = { secret: token, body: request.sentBody };
    const startedAt = performance.now();
    const path = this.#settings.basePath + operation.path;
    const headers = { ...this.#headers({ path }, token), ...request.headers };
    const response = await exchangeStream(this.#connections.api, { ...request, path, headers }, this.#settings);
    if (response.ok) this.#deprecations.record(operation, response.headers);
    let error: DuvoError | undefined;
    if (!response.ok) error = transportError(operation, response);
    else if (response.status >= 300) {
      const body = await new Response(response.body).text().catch(() => undefined);
      error = responseError(operation, { ...response, body }, secrets, this.#credentials);
    }
    this.#emitRequestEvent(operation, request.method, startedAt, response.ok ? response : undefined, error, secrets);
    return error ?? (response as StreamResponse);
  }

  #headers(request: OperationRequest, token: string): Record<string, string> {
    const headers: Record<string, string> = {
      authorization: `Bearer ${token}`,
      accept: 'application/json',
      'accept-encoding': 'identity',
      'user-agent': this.#settings.userAgent,
    };
    if (request.idempotencyKey !== undefined) headers['idempotency-key'] = request.idempotencyKey;
    if (request.text !== undefined) headers['content-type'] = 'application/json';
    if (request.upload) Object.assign(headers, uploadHeaders(request.upload));
    return headers;
  }

  #emitRequestEvent(
    operation: OperationInfo,
    method: string,
    startedAt: number,
    response: { status: number; headers: IncomingHttpHeaders } | undefined,
    error: DuvoError | undefined,
    secrets: RequestSecrets,
  ): void {
    if (!this.#settings.onRequest) return;
    const event: RequestEvent = {
      operation: operation.name,
      method,
      path: operation.path,
      status: response?.status,
      durationMs: Math.round(performance.now() - startedAt),
      requestId: error ? error.requestId : response && requestIdOf(response, secrets),
      errorKind: error?.kind,
    };
    try {
      this.#settings.onRequest(safeLogFields(event) as unknown as RequestEvent);
    } catch {
      // A failing logger must not fail the call.
    }
  }
}

function uploadHeaders({ contentType, contentLength }: UploadBody): Record<string, string> {
  return { 'content-type': contentType, 'content-length': String(contentLength) };
}
