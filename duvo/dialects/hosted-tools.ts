import { z } from 'zod';
import type { Tool, ToolResult } from '../model';
import { ContractViolation } from '../model/operation';
import type { WireOperation } from './dialect';
import { parseWithSchema, toOptionalString } from './parse-wire';

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
