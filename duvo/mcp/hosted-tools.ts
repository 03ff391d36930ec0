import { z } from 'zod';
import type { ToolCallOptions } from '../http/call';
import type { Caller } from '../http/http-transport';
import { checkWhole } from '../check';
import type { Spelling } from '../dialects/dialect';
import { LONGEST_TIMER_MS } from '../http/limits';
import { unreadable } from './mcp-errors';
import { type McpClient, McpSession, type SessionRequestOptions } from './mcp-session';
import type { Tool, ToolResult } from '../model';
import { ContractViolation, type JsonObject, type Operation } from '../operation';
import type { OperationRequest } from '../http/request';
import { optionalText, required } from '../dialects/read';

/** The work of an operation in a session with the hosted MCP server; its result is read as an answer's body is. */
export type Hosted = (
  client: McpClient,
  request: OperationRequest,
  options: SessionRequestOptions & Pick<ToolCallOptions, 'onProgress'>,
) => Promise<JsonObject>;

/** A tool may run for minutes; a caller who knows better says so. Milliseconds. */
const DEFAULT_TIMEOUT = 10 * 60_000;

/** A list of tools that does not come to an end is not followed for ever. */
const MOST_PAGES = 1_000;

/** The client has seen to the protocol: of a result only what is read here is required. */
const anyResult = z.looseObject({});
const page = z.looseObject({ tools: z.array(z.unknown()), nextCursor: z.string().optional() });
const tools = z.array(z.looseObject({ name: z.string().min(1), inputSchema: z.looseObject({}) }));
const content = z.array(z.looseObject({ type: z.string() }));
const structured = z.looseObject({}).optional();
const isError = z.boolean().optional();

type Spellings = { readonly [N in 'tools.list' | 'tools.call']: Spelling<N> };

/** The operations of the hosted MCP server: the same in every dialect but for its path. */
export function hostedTools(path: string): Spellings {
  return {
    'tools.list': {
      method: 'POST',
      path,
      hosted: async (client, _request, options) => {
        const found: unknown[] = [];
        let cursor: string | undefined;
        for (let pages = 0; pages < MOST_PAGES; pages += 1) {
          const params = cursor === undefined ? {} : { cursor };
          const answer = required(page, await client.request({ method: 'tools/list', params }, anyResult, options), '');
          found.push(...answer.tools);
          cursor = answer.nextCursor;
          if (cursor === undefined) return { tools: found };
        }
        throw new ContractViolation('nextCursor');
      },
      read: (result) =>
        required(tools, result['tools'], 'tools').map(({ name, title, description, inputSchema }): Tool => ({
          name,
          title: optionalText(title),
          description: optionalText(description),
          inputSchema,
        })),
    },
    'tools.call': {
      method: 'POST',
      path,
      body: ({ name, arguments: given }) => ({ name, arguments: given }),
      hosted: (client, { body, idempotencyKey = '' }, { onProgress, ...options }) =>
        client.request({ method: 'tools/call', params: body }, anyResult, {
          ...options,
          headers: { 'idempotency-key': idempotencyKey },
          ...(onProgress && { onprogress: onProgress }),
        }),
      read: (result): ToolResult => ({
        content: required(content.default([]), result['content'], 'content'),
        structuredContent: required(structured, result['structuredContent'], 'structuredContent'),
        isError: required(isError, result['isError'], 'isError') ?? false,
      }),
    },
  };
}

/** Makes one call of the hosted MCP server, in a session of its own. @throws DuvoError */
export function callHosted<T, I>(
  caller: Caller,
  operation: Operation<T, I> & { hosted: Hosted },
  input: I,
  request: OperationRequest,
  { signal, timeoutMs = DEFAULT_TIMEOUT, onProgress }: ToolCallOptions,
): Promise<T> {
  const { name, method, path, hosted, read } = operation;
  checkWhole(operation, 'timeoutMs', timeoutMs, { min: 1, max: LONGEST_TIMER_MS });
  return new McpSession(caller, operation, request, { signal, timeoutMs }).run(async (client, options) => {
    try {
      return read(await hosted(client, request, { ...options, onProgress }), { input });
    } catch (error) {
      throw error instanceof ContractViolation ? unreadable({ operation: name, method, path }, error.field) : error;
    }
  });
}
