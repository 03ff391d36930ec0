import type { DuvoErrorKind } from '../errors/duvo-error';
import { optionError } from '../errors/input-error';
import { MAX_TIMER_MS } from '../model/limits';
import type { Deprecation } from './deprecation-log';

/** One HTTP request that was made, for logs and metrics. No field is secret. */
export interface RequestEvent {
  /** Such as `runs.get`. */
  operation: string;
  method: string;
  /** Path template: `/v1/runs/{run_id}`. */
  path: string;
  /** Absent when no response came. */
  status?: number;
  durationMs: number;
  requestId?: string;
  /** Absent when the request succeeded. */
  errorKind?: DuvoErrorKind;
}

export interface HttpOptions {
  /** http(s) URL without credentials. A base path is kept. @default 'https://api.duvo.ai' */
  baseUrl?: string;
  /** Timeouts in milliseconds. */
  timeouts?: {
    /** Time to get a connection: waiting for a free one, DNS, TCP and TLS. @default 10_000 */
    connectMs?: number;
    /** Time from the connection until the response headers. @default 30_000 */
    headersMs?: number;
    /** Time from the headers until the whole body is read. @default 30_000 */
    bodyMs?: number;
  };
  /** Maximum number of open connections to Duvo; further calls wait for a free one. @default 100 */
  maxConnections?: number;
  /** @default 'duvo-temporal' */
  userAgent?: string;
  /** Called after each HTTP request. An exception of the callback is ignored. */
  onRequest?: (event: RequestEvent) => void;
  /** Called when a response first marks its path as deprecated. An exception of the callback is ignored. */
  onDeprecation?: (deprecation: Deprecation) => void;
}

/** The HTTP options after validation, with defaults. */
export interface HttpSettings {
  /** Scheme, host and port. */
  origin: string;
  /** `''`, or a path without a slash at its end. */
  basePath: string;
  connectMs: number;
  headersMs: number;
  bodyMs: number;
  maxConnections: number;
  userAgent: string;
  onRequest?: (event: RequestEvent) => void;
  onDeprecation?: (deprecation: Deprecation) => void;
}

/** Checks the options. @throws DuvoInvalidInputError whose `field` names the option; no value is shown. */
export function readHttpOptions(options: HttpOptions): HttpSettings {
  const { timeouts = {}, userAgent = 'duvo-temporal' } = options;
  if (!/^[\x20-\x7e]+$/.test(userAgent)) throw optionError('userAgent', 'must be printable ASCII');
  return {
    ...readBaseUrl(options.baseUrl ?? 'https://api.duvo.ai'),
    connectMs: checkPositiveInteger('timeouts.connectMs', timeouts.connectMs ?? 10_000),
    headersMs: checkPositiveInteger('timeouts.headersMs', timeouts.headersMs ?? 30_000),
    bodyMs: checkPositiveInteger('timeouts.bodyMs', timeouts.bodyMs ?? 30_000),
    maxConnections: checkPositiveInteger('maxConnections', options.maxConnections ?? 100),
    userAgent,
    onRequest: options.onRequest,
    onDeprecation: options.onDeprecation,
  };
}

function readBaseUrl(baseUrl: string): Pick<HttpSettings, 'origin' | 'basePath'> {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw optionError('baseUrl', 'must be an http or https URL: check DUVO_API_BASE_URL');
  }
  if (url.username !== '' || url.password !== '') {
    throw optionError('baseUrl', 'must not hold credentials: put the key into DUVO_API_KEY');
  }
  if (url.search !== '' || url.hash !== '') throw optionError('baseUrl', 'must not have a query or a fragment');
  return { origin: url.origin, basePath: url.pathname.replace(/\/+$/, '') };
}

function checkPositiveInteger(field: string, value: number): number {
  if (Number.isInteger(value) && value > 0 && value <= MAX_TIMER_MS) return value;
  throw optionError(field, `must be a whole number from 1 to ${MAX_TIMER_MS}`);
}
