import { DuvoError, type DuvoErrorFacts, type DuvoErrorKind } from './duvo-error';

export { DuvoError, type DuvoErrorFacts, type DuvoErrorKind, type Reached } from './duvo-error';

/** No connection, or it broke: retry. */
export class DuvoConnectionError extends DuvoError {
  constructor(facts: DuvoErrorFacts, note: string) {
    super('connection', facts, note);
  }
}

/** A time-out of the client, or a 408: retry. */
export class DuvoTimeoutError extends DuvoError {
  constructor(facts: DuvoErrorFacts, note: string) {
    super('timeout', facts, note);
  }
}

/** The caller aborted the call. */
export class DuvoAbortedError extends DuvoError {
  constructor(facts: DuvoErrorFacts, note: string) {
    super('aborted', facts, note);
  }
}

/** 429: wait for `retryAfterMs`, then retry. */
export class DuvoRateLimitedError extends DuvoError {
  constructor(facts: DuvoErrorFacts, note: string) {
    super('rate-limited', facts, note);
  }
}

/** 5xx or 425: retry, after `retryAfterMs` when it is set. */
export class DuvoServerError extends DuvoError {
  constructor(facts: DuvoErrorFacts, note: string) {
    super('server', facts, note);
  }
}

/** 401: the key is missing, wrong or expired. */
export class DuvoUnauthorizedError extends DuvoError {
  constructor(facts: DuvoErrorFacts, note: string) {
    super('unauthorized', facts, note);
  }
}

/** 403: a scope is missing, or a policy of the workspace forbids it; `code` says which. */
export class DuvoForbiddenError extends DuvoError {
  constructor(facts: DuvoErrorFacts, note: string) {
    super('forbidden', facts, note);
  }
}

/** 404: missing, or not visible to the key. */
export class DuvoNotFoundError extends DuvoError {
  constructor(facts: DuvoErrorFacts, note: string) {
    super('not-found', facts, note);
  }
}

/** 409: the state does not allow it, or a request with the same idempotency key is in flight. */
export class DuvoConflictError extends DuvoError {
  constructor(facts: DuvoErrorFacts, note: string) {
    super('conflict', facts, note);
  }
}

/** Too large to be sent (`field` names what), or 413. */
export class DuvoTooLargeError extends DuvoError {
  constructor(facts: DuvoErrorFacts, note: string) {
    super('too-large', facts, note);
  }
}

/** 400 or 422. */
export class DuvoInvalidRequestError extends DuvoError {
  constructor(facts: DuvoErrorFacts, note: string) {
    super('invalid-request', facts, note);
  }
}

/** Any other answer that is not 2xx. */
export class DuvoRefusedError extends DuvoError {
  constructor(facts: DuvoErrorFacts, note: string) {
    super('refused', facts, note);
  }
}

/** A 2xx whose body is not what the API promises; `field` names what is wrong. */
export class DuvoContractViolationError extends DuvoError {
  constructor(facts: DuvoErrorFacts, note: string) {
    super('contract-violation', facts, note);
  }
}

/** This Duvo does not have the operation. */
export class DuvoNotSupportedError extends DuvoError {
  constructor(facts: DuvoErrorFacts, note: string) {
    super('not-supported', facts, note);
  }
}

/** The dialect that is spoken (`DUVO_API_DIALECT`) does not have the operation; nothing was sent. */
export class DuvoNotInDialectError extends DuvoError {
  constructor(facts: DuvoErrorFacts, note: string) {
    super('not-in-dialect', facts, note);
  }
}

/** A bad argument or option (`field`); nothing was sent. */
export class DuvoInvalidInputError extends DuvoError {
  constructor(facts: DuvoErrorFacts, note: string) {
    super('invalid-input', facts, note);
  }
}

const CLASSES = {
  connection: DuvoConnectionError,
  timeout: DuvoTimeoutError,
  aborted: DuvoAbortedError,
  'rate-limited': DuvoRateLimitedError,
  server: DuvoServerError,
  unauthorized: DuvoUnauthorizedError,
  forbidden: DuvoForbiddenError,
  'not-found': DuvoNotFoundError,
  conflict: DuvoConflictError,
  'too-large': DuvoTooLargeError,
  'invalid-request': DuvoInvalidRequestError,
  refused: DuvoRefusedError,
  'contract-violation': DuvoContractViolationError,
  'not-supported': DuvoNotSupportedError,
  'not-in-dialect': DuvoNotInDialectError,
  'invalid-input': DuvoInvalidInputError,
} satisfies Record<DuvoErrorKind, typeof DuvoConnectionError>;

/** The error of a kind, as its own class. */
export function duvoError(kind: DuvoErrorKind, facts: DuvoErrorFacts, note: string): DuvoError {
  return new CLASSES[kind](facts, note);
}
