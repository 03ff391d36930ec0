/**
 * A client of the Duvo HTTP API. It knows nothing of Temporal. The folders import one another in this order only; a folder
 * imports from folders before it, and never from the files beside this one:
 *
 * 1. `model/`: the types of resources and operations, and the limits of the API
 * 2. `errors/`: the error classes, and the rules which parts of a response an error may show
 * 3. `http/`: requests, connections, responses and their errors
 * 4. `auth/` (API key, OAuth), `uploads/` (files), `mcp/` (sessions with the hosted MCP server)
 * 5. `dialects/`: the wire shapes of v1 and v2
 * 6. `resources/`: the methods of the client (imports `model/` and `errors/` only)
 *
 * The files beside this one put the parts together: `client.ts`, and the catalogue of operations with its input checks.
 */
export { Agents } from './resources/agents';
export { DuvoClient, type DuvoClientOptions } from './client';
export type { Deprecation } from './http/deprecation-log';
export type { DialectName } from './dialects/dialect';
export { endpointsByDialect } from './dialects/select-dialect';
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
} from './model/limits';
export type * from './model';
export type {
  Call,
  CallOptions,
  MutationOptions,
  OperationInput,
  OperationName,
  OperationOutput,
  OperationTypes,
  ToolCallOptions,
  ToolProgress,
} from './model/operation-types';
export { OPERATIONS } from './operations';
export type { ClientAuthMethod, OAuthOptions } from './auth/oauth-options';
export type { RequestEvent } from './http/http-options';
export { safeLogFields } from './http/log-fields';
export { Cases, Queues } from './resources/queues';
export { Runs } from './resources/runs';
export { Sandboxes } from './resources/sandboxes';
export { normaliseStatus } from './model/runs';
export { Tools } from './resources/tools';
