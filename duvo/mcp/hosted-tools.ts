import { z } from 'zod';
import type { ToolCallOptions } from '../http/call';
import type { HttpTransport } from '../http/http-transport';
import { checkInteger } from '../check-arguments';
import type { WireOperation } from '../dialects/dialect';
import { MAX_TIMER_MS } from '../http/limits';
import { mcpContractError } from './mcp-errors';
import { type McpClient, McpSession, type McpRequestOptions } from './mcp-session';
import type { Tool, ToolResult } from '../model';
import { ContractViolation, type JsonObject, type Operation } from '../operation';
import type { OperationRequest } from '../http/request';
import { toOptionalString, parseWithSchema } from '../dialects/parse-wire';

/** The work of an operation in a session with the hosted MCP server; its result is read as an answer's body is. */
export type McpCall = (
  client: McpClient,
  request: OperationRequest,
  options: McpRequestOptions & Pick<ToolCallOptions, 'onProgress'>,
) => Promise<JsonObject>;

/** A tool may run for minutes; a caller who knows better says so. Milliseconds. */
const DEFAULT_TIMEOUT_MS = 10 * 60_000;

/** A list of tools that does not come to an end is not followed for ever. */
const MAX_PAGES = 1_000;

/** The client has seen to the protocol: of a result only what is read here is required. */
const anyResultSchema = z.looseObject({});
const toolsPageSchema = z.looseObject({ tools: z.array(z.unknown()), nextCursor: z.string().optional() });
const toolsSchema = z.array(z.looseObject({ name: z.string().min(1), inputSchema: z.looseObject({}) }));
const contentSchema = z.array(z.looseObject({ type: z.string() }));
const structuredContentSchema = z.looseObject({}).optional();
const isErrorSchema = z.boolean().optional();

type ToolOperations = { readonly [N in 'tools.list' | 'tools.call']: WireOperation<N> };

/** The operations of the hosted MCP server: the same in every dialect but for its path. */
export function hostedToolOperations(path: string): ToolOperations {
  return {
    'tools.list': {
      method: 'POST',
      path,
      mcpCall: async (client, _request, options) => {
        const found: unknown[] = [];
        let cursor: string | undefined;
        for (let pages = 0; pages < MAX_PAGES; pages += 1) {
          const params = cursor === undefined ? {} : { cursor };
          const answer = parseWithSchema(
            toolsPageSchema,
            await client.request({ method: 'tools/list', params }, anyResultSchema, options),
            '',
          );
          found.push(...answer.tools);
          cursor = answer.nextCursor;
          if (cursor === undefined) return { tools: found };
        }
        throw new ContractViolation('nextCursor');
      },
      read: (result) =>
        parseWithSchema(toolsSchema, result['tools'], 'tools').map(
          ({ name, title, description, inputSchema }): Tool => ({
            name,
            title: toOptionalString(title),
            description: toOptionalString(description),
            inputSchema,
          }),
        ),
    },
    'tools.call': {
      method: 'POST',
      path,
      body: ({ name, arguments: given }) => ({ name, arguments: given }),
      mcpCall: (client, { body, idempotencyKey = '' }, { onProgress, ...options }) =>
        client.request({ method: 'tools/call', params: body }, anyResultSchema, {
          ...options,
          headers: { 'idempotency-key': idempotencyKey },
          ...(onProgress && { onprogress: onProgress }),
        }),
      read: (result): ToolResult => ({
        content: parseWithSchema(contentSchema.default([]), result['content'], 'content'),
        structuredContent: parseWithSchema(structuredContentSchema, result['structuredContent'], 'structuredContent'),
        isError: parseWithSchema(isErrorSchema, result['isError'], 'isError') ?? false,
      }),
    },
  };
}

/** Makes one call of the hosted MCP server, in a session of its own. @throws DuvoError */
export function callHostedOperation<T, I>(
  caller: HttpTransport,
  operation: Operation<T, I> & { mcpCall: McpCall },
  input: I,
  request: OperationRequest,
  { signal, timeoutMs = DEFAULT_TIMEOUT_MS, onProgress }: ToolCallOptions,
): Promise<T> {
  const { name, method, path, mcpCall, read } = operation;
  checkInteger(operation, 'timeoutMs', timeoutMs, { min: 1, max: MAX_TIMER_MS });
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
