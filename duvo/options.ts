import type { DialectName } from './dialects/dialect';
import type { Deprecation } from './http/deprecation-log';
import type { OAuthOptions } from './auth/oauth-options';
import { optionError } from './errors/option-error';
import type { DuvoErrorKind } from './errors/duvo-error';
import { MAX_TIMER_MS } from './http/limits';

/** One HTTP request that was made, for logs and metrics. Nothing in it is secret. */
export interface RequestEvent {
  /** Such as `runs.get`. */
  operation: string;
  method: string;
  /** The template: `/v1/runs/{run_id}`. */
  path: string;
  /** Absent when there was no answer. */
  status?: number;
  durationMs: number;
  requestId?: string;
  /** Absent when the call succeeded. */
  errorKind?: DuvoErrorKind;
}

export interface DuvoClientOptions {
  /** Exactly one of `apiKey`, `apiKeyFile` and `oauth`. Surrounding white space is cut off. */
  apiKey?: string;
  /**
   * A file that holds the key and nothing else. It is read by the constructor, and again when it changes; while a
   * changed file is missing or holds no key, the last key that was read stays in use.
   */
  apiKeyFile?: string;
  oauth?: OAuthOptions;
  /** http(s), without credentials. A base path is kept. @default 'https://api.duvo.ai' */
  baseUrl?: string;
  /** The dialect that is spoken. @default 'v1' */
  dialect?: DialectName;
  /** The team whose agents, runs and queues are meant. Needed for `v2`, of no use for `v1`. */
  teamId?: string;
  /** Milliseconds. */
  timeouts?: {
    /** To get a connection: to wait for a free one, DNS, TCP and TLS. @default 10_000 */
    connectMs?: number;
    /** From then until the headers of the answer. @default 30_000 */
    headersMs?: number;
    /** From then until the whole body is read. @default 30_000 */
    bodyMs?: number;
  };
  /** Connections to Duvo at one time; calls beyond wait for a free one. @default 100 */
  maxConnections?: number;
  /** @default 'duvo-temporal' */
  userAgent?: string;
  /** Called after each HTTP request. What it throws is ignored. */
  onRequest?: (event: RequestEvent) => void;
  /** Called when an answer says for the first time that its path is deprecated. What it throws is ignored. */
  onDeprecation?: (deprecation: Deprecation) => void;
}

/** Options after validation, with the defaults. The key is not among them. */
export interface ClientSettings {
  /** Scheme, host and port. */
  origin: string;
  /** `''`, or a path without a slash at its end. */
  basePath: string;
  dialect: DialectName;
  /** Set for `v2`. */
  teamId?: string;
  connectMs: number;
  headersMs: number;
  bodyMs: number;
  maxConnections: number;
  userAgent: string;
  onRequest?: (event: RequestEvent) => void;
  onDeprecation?: (deprecation: Deprecation) => void;
}

/** Checks the options. @throws DuvoInvalidInputError whose `field` names the option; no value is shown. */
export function readOptions(options: DuvoClientOptions): ClientSettings {
  const { timeouts = {}, userAgent = 'duvo-temporal' } = options;
  if (!/^[\x20-\x7e]+$/.test(userAgent)) throw optionError('userAgent', 'must be printable ASCII');
  return {
    ...readBaseUrl(options.baseUrl ?? 'https://api.duvo.ai'),
    ...readDialect(options),
    connectMs: checkPositiveInteger('timeouts.connectMs', timeouts.connectMs ?? 10_000),
    headersMs: checkPositiveInteger('timeouts.headersMs', timeouts.headersMs ?? 30_000),
    bodyMs: checkPositiveInteger('timeouts.bodyMs', timeouts.bodyMs ?? 30_000),
    maxConnections: checkPositiveInteger('maxConnections', options.maxConnections ?? 100),
    userAgent,
    onRequest: options.onRequest,
    onDeprecation: options.onDeprecation,
  };
}

function readBaseUrl(baseUrl: string): Pick<ClientSettings, 'origin' | 'basePath'> {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw optionError('baseUrl', 'must be an http or https URL: check DUVO_API_BASE_URL');
  }
  if (url.username !== '' || url.password !== '') {
    throw optionError('baseUrl', 'must not hold credentials: the key goes into DUVO_API_KEY');
  }
  if (url.search !== '' || url.hash !== '') throw optionError('baseUrl', 'must not have a query or a fragment');
  return { origin: url.origin, basePath: url.pathname.replace(/\/+$/, '') };
}

function readDialect({ dialect = 'v1', teamId }: DuvoClientOptions): Pick<ClientSettings, 'dialect' | 'teamId'> {
  if (dialect !== 'v1' && dialect !== 'v2') throw optionError('dialect', 'must be v1 or v2: check DUVO_API_DIALECT');
  if (dialect === 'v1') return { dialect };
  if (typeof teamId !== 'string' || !/^[\w-]+$/.test(teamId)) {
    throw optionError('teamId', 'must be the id of a team for dialect v2: set DUVO_TEAM_ID');
  }
  return { dialect, teamId };
}

function checkPositiveInteger(field: string, value: number): number {
  if (Number.isInteger(value) && value > 0 && value <= MAX_TIMER_MS) return value;
  throw optionError(field, 'must be a whole number above 0');
}
