import { inputError } from '../errors/input-error';
import type { HttpTransport } from '../http/http-transport';
import type { OperationRequest } from '../http/request';
import { MAX_TIMER_MS } from '../model/limits';
import { ContractViolation, type JsonObject, type Operation } from '../model/operation';
import type { ToolCallOptions } from '../model/operation-types';
import { mcpContractError } from './mcp-errors';
import { type McpClient, type McpRequestOptions, McpSession } from './mcp-session';

/** The work of an operation in a session with the hosted MCP server; its result is read as an answer's body is. */
export type McpCall = (
  client: McpClient,
  request: OperationRequest,
  options: McpRequestOptions & Pick<ToolCallOptions, 'onProgress'>,
) => Promise<JsonObject>;

/** A tool may run for minutes; a caller who knows better says so. Milliseconds. */
const DEFAULT_TIMEOUT_MS = 10 * 60_000;

/** Makes one call of the hosted MCP server, in a session of its own. @throws DuvoError */
export function callHostedOperation<T, I>(
  caller: HttpTransport,
  operation: Operation<T, I> & { mcpCall: McpCall },
  input: I,
  request: OperationRequest,
  { signal, timeoutMs = DEFAULT_TIMEOUT_MS, onProgress }: ToolCallOptions,
): Promise<T> {
  const { name, method, path, mcpCall, read } = operation;
  if (!Number.isInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > MAX_TIMER_MS) {
    throw inputError(operation, 'timeoutMs', `must be a whole number from 1 to ${MAX_TIMER_MS}`);
  }
  return new McpSession(caller, operation, request, { signal, timeoutMs }).run(async (client, options) => {
    try {
      return read(await mcpCall(client, request, { ...options, onProgress }), { input });
    } catch (error) {
      throw error instanceof ContractViolation
        ? mcpContractError({ operation: name, method, path }, error.field)
        : error;
    }
  });
}
