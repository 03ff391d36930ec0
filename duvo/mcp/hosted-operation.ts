import { performance } from 'node:perf_hooks';
import { inputError } from '../errors/input-error';
import type { HttpTransport } from '../http/http-transport';
import type { OperationRequest } from '../http/request';
import { MAX_TIMER_MS } from '../model/limits';
import { ContractViolation, type JsonObject, type Operation } from '../model/operation';
import type { ToolCallOptions } from '../model/operation-types';
import { mcpContractError } from './mcp-errors';
import { type McpClient, type McpRequestOptions, McpSession } from './mcp-session';

/** Performs an operation in a session with the hosted MCP server. Its result is read like the body of a response. */
export type McpCall = (
  client: McpClient,
  request: OperationRequest,
  options: McpRequestOptions & Pick<ToolCallOptions, 'onProgress'>,
) => Promise<JsonObject>;

/** Default time limit of a call, in milliseconds. A tool may run for minutes. */
const DEFAULT_TIMEOUT_MS = 10 * 60_000;

/**
 * Opens a session with the hosted MCP server for one operation. When the server loses the session before it has processed
 * the operation, the function opens one more session and sends the operation again, with the same idempotency key.
 *
 * @throws DuvoError
 */
export async function callHostedOperation<T, I>(
  transport: HttpTransport,
  operation: Operation<T, I> & { mcpCall: McpCall },
  input: I,
  request: OperationRequest,
  options: ToolCallOptions,
): Promise<T> {
  const { signal, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  if (!Number.isInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > MAX_TIMER_MS) {
    throw inputError(operation, 'timeoutMs', `must be a whole number from 1 to ${MAX_TIMER_MS}`);
  }
  const startedAt = performance.now();
  const session = new McpSession(transport, operation, request, { signal, timeoutMs });
  try {
    return await callInSession(session, operation, input, request, options);
  } catch (error) {
    if (!session.isLost || signal?.aborted) throw error;
  }
  const remainingMs = Math.max(1, Math.round(timeoutMs - (performance.now() - startedAt)));
  const second = new McpSession(transport, operation, request, { signal, timeoutMs: remainingMs });
  return callInSession(second, operation, input, request, options);
}

function callInSession<T, I>(
  session: McpSession,
  { name, method, path, mcpCall, read }: Operation<T, I> & { mcpCall: McpCall },
  input: I,
  request: OperationRequest,
  { onProgress }: ToolCallOptions,
): Promise<T> {
  return session.run(async (client, options) => {
    try {
      return read(await mcpCall(client, request, { ...options, onProgress }), { input });
    } catch (error) {
      throw error instanceof ContractViolation
        ? mcpContractError({ operation: name, method, path }, error.field, error.problem)
        : error;
    }
  });
}
