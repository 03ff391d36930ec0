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

/** Opens a session with the hosted MCP server for one operation. @throws DuvoError */
export function callHostedOperation<T, I>(
  transport: HttpTransport,
  operation: Operation<T, I> & { mcpCall: McpCall },
  input: I,
  request: OperationRequest,
  { signal, timeoutMs = DEFAULT_TIMEOUT_MS, onProgress }: ToolCallOptions,
): Promise<T> {
  const { name, method, path, mcpCall, read } = operation;
  if (!Number.isInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > MAX_TIMER_MS) {
    throw inputError(operation, 'timeoutMs', `must be a whole number from 1 to ${MAX_TIMER_MS}`);
  }
  return new McpSession(transport, operation, request, { signal, timeoutMs }).run(async (client, options) => {
    try {
      return read(await mcpCall(client, request, { ...options, onProgress }), { input });
    } catch (error) {
      throw error instanceof ContractViolation
        ? mcpContractError({ operation: name, method, path }, error.field)
        : error;
    }
  });
}
