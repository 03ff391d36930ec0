/**
 * The kind of an error, for a `switch`:
 *
 * | kind | when |
 * |---|---|
 * | `connection` | no connection (refused, DNS, TLS), or it broke |
 * | `timeout` | one of the client's timeouts, or a 408 |
 * | `aborted` | the caller aborted the signal |
 * | `rate-limited` | 429 |
 * | `server` | 5xx, 425 |
 * | `unauthorized`, `forbidden`, `not-found`, `conflict`, `too-large`, `invalid-request` | 401, 403, 404, 409, 413 (also a request that is too large to send), 400 and 422 |
 * | `refused` | any other status that is not 2xx |
 * | `contract-violation` | a 2xx whose body is not what the API promises; `field` names the wrong part |
 * | `not-supported` | this Duvo installation does not have the operation |
 * | `not-in-dialect` | the dialect in use (`DUVO_API_DIALECT`) does not have the operation; nothing was sent |
 * | `invalid-input` | a wrong argument or option. Nothing was sent, except when a file changed during its upload |
 */
export type DuvoErrorKind =
  | 'connection'
  | 'timeout'
  | 'aborted'
  | 'rate-limited'
  | 'server'
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'too-large'
  | 'invalid-request'
  | 'refused'
  | 'contract-violation'
  | 'not-supported'
  | 'not-in-dialect'
  | 'invalid-input';

/**
 * Whether the request reached Duvo. `no`: the request was never sent. `maybe`: the request was sent, and Duvo may have acted
 * on it (connection reset, timeout, 408, a 2xx that cannot be read, a 5xx other than 501, 503 and 505, and any 4xx, 501, 503 or
 * 505 without the API's own error body, which may be the page of a proxy). `yes`: the request was refused without any effect
 * (a 4xx, 501, 503 or 505 with the API's own error body; a 3xx, 401, 413, 425 or 429 with any body).
 */
export type Reached = 'no' | 'maybe' | 'yes';

/** Facts that are safe to log: they hold no key, no text of a message or an answer, and no free text of a server. */
export interface DuvoErrorFacts {
  /** Such as `runs.start`. */
  operation: string;
  method: string;
  /** Path template: `/v1/runs/{run_id}`. */
  path: string;
  status?: number;
  /** Error code of Duvo, or of the operating system (`ECONNRESET`). */
  code?: string;
  /** Whether the response had the API's own error body. A page of a proxy has none. */
  hasErrorBody?: boolean;
  /** Duvo's id of the request, which Duvo's support needs. */
  requestId?: string;
  /** The time that Duvo asks the client to wait, in milliseconds. */
  retryAfterMs?: number;
  /** Time of the server's clock, ISO 8601, from the `Date` header of the response. The server is Duvo, or the authorization server. */
  serverTime?: string;
  /** The part that is wrong: a wire path (`run.id`, `body`) or the name of an argument. */
  field?: string;
  reached: Reached;
}

/** Any failure of this client. The message holds the facts and `note`, a sentence of this library that names the fix. */
export class DuvoError extends Error implements DuvoErrorFacts {
  readonly kind: DuvoErrorKind;
  declare readonly operation: string;
  declare readonly method: string;
  declare readonly path: string;
  declare readonly status?: number;
  declare readonly code?: string;
  declare readonly hasErrorBody?: boolean;
  declare readonly requestId?: string;
  declare readonly retryAfterMs?: number;
  declare readonly serverTime?: string;
  declare readonly field?: string;
  declare readonly reached: Reached;

  constructor(kind: DuvoErrorKind, facts: DuvoErrorFacts, note: string) {
    super(describe(facts, note));
    Object.defineProperty(this, 'name', { value: new.target.name, configurable: true });
    this.kind = kind;
    // The facts are copied by name, not by spread, so that an unexpected property of a caller never reaches a log.
    const { operation, method, path, status, code, hasErrorBody, requestId, ...rest } = facts;
    const { retryAfterMs, serverTime, field, reached } = rest;
    const request = { operation, method, path, status, code, hasErrorBody, requestId };
    const known = { ...request, retryAfterMs, serverTime, field, reached };
    for (const [name, value] of Object.entries(known)) if (value !== undefined) Object.assign(this, { [name]: value });
  }

  /** Includes `name` and `message`, which `JSON.stringify` omits from an error although a log needs them. */
  toJSON(): Record<string, unknown> {
    return { name: this.name, message: this.message, ...Object.fromEntries(Object.entries(this)) };
  }
}

function describe(facts: DuvoErrorFacts, note: string): string {
  const about = [
    facts.method && `${facts.method} ${facts.path}`,
    facts.status && `status ${facts.status}`,
    facts.code && `code ${facts.code}`,
    facts.requestId && `request ${facts.requestId}`,
  ].filter(Boolean);
  return `${facts.operation}: ${note}${about.length > 0 ? ` (${about.join(', ')})` : ''}`;
}
