/** The Duvo HTTP API, normalised. Knows nothing of Temporal. */
export { Agents } from './resources/agents';
export type { Call, CallOptions, MutationOptions, ToolCallOptions, ToolProgress } from './http/call';
export { DuvoClient } from './client';
export type { Deprecation } from './http/deprecations';
export type { DialectName } from './dialects/dialect';
export { spellingsOf } from './dialects/spellings';
export { checkInputFields } from './input-fields';
export {
  DuvoAbortedError,
  DuvoCapabilityError,
  DuvoConflictError,
  DuvoConnectionError,
  DuvoContractError,
  DuvoDialectError,
  DuvoForbiddenError,
  DuvoInputError,
  DuvoInvalidError,
  DuvoNotFoundError,
  DuvoRateLimitedError,
  DuvoRefusedError,
  DuvoServerError,
  DuvoTimeoutError,
  DuvoTooLargeError,
  DuvoUnauthorizedError,
} from './errors/errors';
export { DuvoError, type DuvoErrorFacts, type DuvoErrorKind, type Reached } from './errors/error';
export {
  DEFAULT_MESSAGE_PAGE,
  MAX_AGENT_PAGE,
  MAX_CASE_PAGE,
  MAX_CASES,
  MAX_DIRECT_UPLOAD_BYTES,
  MAX_IDEMPOTENCY_KEY_LENGTH,
  MAX_MESSAGE_PAGE,
  MAX_QUEUE_PAGE,
  MAX_REQUEST_BYTES,
  MAX_RESPONSE_BYTES,
  MAX_RUN_PAGE,
  MAX_UPLOAD_BYTES,
} from './http/limits';
export type * from './model';
export { type Input, type OperationName, OPERATIONS, type Operations, type Output } from './operations';
export type { ClientAuthMethod, OAuthOptions } from './auth/oauth-options';
export type { DuvoClientOptions, RequestEvent } from './options';
export { redact } from './http/redact';
export { Cases, Queues } from './resources/queues';
export { Runs } from './resources/runs';
export { Sandboxes } from './resources/sandboxes';
export { normaliseStatus } from './model/status';
export { Tools } from './resources/tools';
