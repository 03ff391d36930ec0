import { DuvoError, type DuvoErrorFacts, type DuvoErrorKind } from './duvo-error';

export { DuvoError, type DuvoErrorFacts, type DuvoErrorKind, type Reached } from './duvo-error';

/** There was no connection, or it broke: retry. */
export class DuvoConnectionError extends DuvoError {
  constructor(facts: DuvoErrorFacts, note: string) {
    super('connection', facts, note);
  }
}

/** A timeout of the client, or a 408: retry. */
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

/** 403: a scope is missing, or a policy of the workspace forbids the request; `code` tells them apart. */
export class DuvoForbiddenError extends DuvoError {
  constructor(facts: DuvoErrorFacts, note: string) {
    super('forbidden', facts, note);
  }
}

/** 404: the resource does not exist, or the key has no access to it. */
export class DuvoNotFoundError extends DuvoError {
  constructor(facts: DuvoErrorFacts, note: string) {
    super('not-found', facts, note);
  }
}

/** 409: the state of the resource does not allow the request, or a request with the same idempotency key is in flight. */
export class DuvoConflictError extends DuvoError {
  constructor(facts: DuvoErrorFacts, note: string) {
    super('conflict', facts, note);
  }
}

/** The request is too large to send (`field` names the largest part), or 413. */
export class DuvoTooLargeError extends DuvoError {
  constructor(facts: DuvoErrorFacts, note: string) {
    super('too-large', facts, note);
  }
}

/** 400 or 422: Duvo finds the request invalid. */
export class DuvoInvalidRequestError extends DuvoError {
  constructor(facts: DuvoErrorFacts, note: string) {
    super('invalid-request', facts, note);
  }
}

/** Any other status that is not 2xx. */
export class DuvoRefusedError extends DuvoError {
  constructor(facts: DuvoErrorFacts, note: string) {
    super('refused', facts, note);
  }
}

/** A 2xx whose body is not what the API promises; `field` names the wrong part. */
export class DuvoContractViolationError extends DuvoError {
  constructor(facts: DuvoErrorFacts, note: string) {
    super('contract-violation', facts, note);
  }
}

/** This Duvo installation does not have the operation. */
export class DuvoNotSupportedError extends DuvoError {
  constructor(facts: DuvoErrorFacts, note: string) {
    super('not-supported', facts, note);
  }
}

/** The dialect in use (`DUVO_API_DIALECT`) does not have the operation; nothing was sent. */
export class DuvoNotInDialectError extends DuvoError {
  constructor(facts: DuvoErrorFacts, note: string) {
    super('not-in-dialect', facts, note);
  }
}

/** The argument or option that `field` names is wrong; nothing was sent. */
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

/** Creates an error of the class that belongs to the kind. */
export function duvoError(kind: DuvoErrorKind, facts: DuvoErrorFacts, note: string): DuvoError {
  return new CLASSES[kind](facts, note);
}
