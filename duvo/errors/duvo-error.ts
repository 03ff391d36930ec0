/**
 * What went wrong, for `switch`:
 *
 * | kind | when |
 * |---|---|
 * | `connection` | no connection (refused, DNS, TLS), or it broke |
 * | `timeout` | one of the client's time-outs, or a 408 |
 * | `aborted` | the caller's signal |
 * | `rate-limited` | 429 |
 * | `server` | 5xx, 425 |
 * | `unauthorized`, `forbidden`, `not-found`, `conflict`, `too-large`, `invalid` | 401, 403, 404, 409, 413 (or too large to be sent), 400 and 422 |
 * | `refused` | any other answer that is not 2xx |
 * | `contract` | a 2xx whose body is not what the API promises; `field` names what is wrong |
 * | `capability` | this Duvo does not have the operation |
 * | `dialect` | the dialect that is spoken (`DUVO_API_DIALECT`) does not have the operation; nothing was sent |
 * | `input` | a bad argument or option; nothing was sent |
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
 * Whether Duvo may have acted on the request: `no`, it never left; `maybe`, it left and nobody knows (reset, time-out,
 * 408, 5xx but 501, 503 and 505, a 2xx that cannot be read); `yes`, it arrived and was refused.
 */
export type Reached = 'no' | 'maybe' | 'yes';

/** Facts that are safe to log: no key, no text of a message or an answer, no free text of a server. */
export interface DuvoErrorFacts {
  /** Such as `runs.start`. */
  operation: string;
  method: string;
  /** The template: `/v1/runs/{run_id}`. */
  path: string;
  status?: number;
  /** Duvo's error code, or the system's (`ECONNRESET`). */
  code?: string;
  /** Duvo's id of the request, for its support. */
  requestId?: string;
  /** How long Duvo asks to wait. */
  retryAfterMs?: number;
  /** Duvo's clock, ISO 8601, from the answer's `Date` header. */
  serverTime?: string;
  /** What is wrong: a wire path (`run.id`, `body`) or the name of an argument. */
  field?: string;
  reached: Reached;
}

/** Any failure of this client. Its message holds the facts and `note`, a sentence of ours which names the fix. */
export class DuvoError extends Error implements DuvoErrorFacts {
  readonly kind: DuvoErrorKind;
  declare readonly operation: string;
  declare readonly method: string;
  declare readonly path: string;
  declare readonly status?: number;
  declare readonly code?: string;
  declare readonly requestId?: string;
  declare readonly retryAfterMs?: number;
  declare readonly serverTime?: string;
  declare readonly field?: string;
  declare readonly reached: Reached;

  constructor(kind: DuvoErrorKind, facts: DuvoErrorFacts, note: string) {
    super(describe(facts, note));
    Object.defineProperty(this, 'name', { value: new.target.name, configurable: true });
    this.kind = kind;
    // By name, not by spread: what a caller adds to the facts does not reach a log.
    const { operation, method, path, status, code, requestId, retryAfterMs, serverTime, field, reached } = facts;
    const known = { operation, method, path, status, code, requestId, retryAfterMs, serverTime, field, reached };
    for (const [name, value] of Object.entries(known)) if (value !== undefined) Object.assign(this, { [name]: value });
  }

  /** `JSON.stringify` leaves out an error's message; a log needs it. */
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
