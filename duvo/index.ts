/** The Duvo HTTP API, normalised. Knows nothing of Temporal. */
export { Agents } from './resources/agents';
export type { Call, CallOptions, MutationOptions, ToolCallOptions, ToolProgress } from './http/call';
export { DuvoClient } from './client';
export type { Deprecation } from './http/deprecation-log';
export type { DialectName } from './dialects/dialect';
export { endpointsByDialect } from './dialects/endpoints';
export { checkInputFields } from './check-input-fields';
export {
  DuvoAbortedError,
  DuvoNotSupportedError,
  DuvoConflictError,
  DuvoConnectionError,
  DuvoContractViolationError,
  DuvoNotInDialectError,
  DuvoForbiddenError,
  DuvoInvalidInputError,
  DuvoInvalidRequestError,
  DuvoNotFoundError,
  DuvoRateLimitedError,
  DuvoRefusedError,
  DuvoServerError,
  DuvoTimeoutError,
  DuvoTooLargeError,
  DuvoUnauthorizedError,
} from './errors/error-classes';
export { DuvoError, type DuvoErrorFacts, type DuvoErrorKind, type Reached } from './errors/duvo-error';
export {
  DEFAULT_MESSAGES_PER_PAGE,
  MAX_AGENTS_PER_PAGE,
  MAX_CASES_PER_PAGE,
  MAX_CASES_PER_REQUEST,
  MAX_DIRECT_UPLOAD_BYTES,
  MAX_IDEMPOTENCY_KEY_CHARS,
  MAX_MESSAGES_PER_PAGE,
  MAX_QUEUES_PER_PAGE,
  MAX_REQUEST_BYTES,
  MAX_RESPONSE_BYTES,
  MAX_RUNS_PER_PAGE,
  MAX_UPLOAD_BYTES,
} from './http/limits';
export type * from './model';
export {
  type OperationInput,
  type OperationName,
  OPERATIONS,
  type OperationTypes,
  type OperationOutput,
} from './operations';
export type { ClientAuthMethod, OAuthOptions } from './auth/oauth-options';
export type { DuvoClientOptions, RequestEvent } from './options';
export { redact } from './http/redact';
export { Cases, Queues } from './resources/queues';
export { Runs } from './resources/runs';
export { Sandboxes } from './resources/sandboxes';
export { normaliseStatus } from './model/status';
export { Tools } from './resources/tools';
