/** The Duvo HTTP API, normalised. Knows nothing of Temporal. */
export { DuvoClient } from './client';
export {
  DuvoAbortedError,
  DuvoCapabilityError,
  DuvoConflictError,
  DuvoConnectionError,
  DuvoContractError,
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
} from './errors';
export { DuvoError, type DuvoErrorFacts, type DuvoErrorKind, type Reached } from './error';
export {
  DEFAULT_MESSAGE_PAGE,
  MAX_IDEMPOTENCY_KEY_LENGTH,
  MAX_MESSAGE_PAGE,
  MAX_REQUEST_BYTES,
  MAX_RESPONSE_BYTES,
  MAX_RUN_PAGE,
} from './limits';
export type {
  HumanAnswer,
  HumanRequest,
  HumanRequestQuestion,
  ListMessagesQuery,
  ListRunsQuery,
  Message,
  MessagePage,
  Run,
  RunPage,
  RunView,
  StartRunInput,
  StopResult,
} from './model';
export type { DuvoClientOptions, RequestEvent } from './options';
export { redact } from './redact';
export type { CallOptions, MutationOptions, RunsApi } from './runs';
export { normaliseStatus } from './status';
