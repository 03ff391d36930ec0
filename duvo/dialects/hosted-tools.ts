import { z } from 'zod';
import type { Tool, ToolResult } from '../model';
import { ContractViolation } from '../model/operation';
import type { WireOperation } from './dialect';
import { parseWithSchema, toOptionalString } from './parse-wire';

/** Maximum number of pages of tools. It stops a list whose cursor never ends. */
const MAX_PAGES = 1_000;

/** Accepts any result, because the MCP client checks the protocol and `read` checks the fields that are used. */
const anyResultSchema = z.looseObject({});
const toolsPageSchema = z.looseObject({ tools: z.array(z.unknown()), nextCursor: z.string().optional() });
const toolsSchema = z.array(z.looseObject({ name: z.string().min(1), inputSchema: z.looseObject({}) }));
const contentSchema = z.array(z.looseObject({ type: z.string() }));
const structuredContentSchema = z.looseObject({}).optional();
const isErrorSchema = z.boolean().optional();

type ToolOperations = { readonly [N in 'tools.list' | 'tools.call']: WireOperation<N> };

/** The operations of the hosted MCP server. Only their path differs between the dialects. */
export function hostedToolOperations(path: string): ToolOperations {
  return {
    'tools.list': {
      method: 'POST',
      path,
      mcpCall: async (client, _request, options) => {
        const tools: unknown[] = [];
        let cursor: string | undefined;
        for (let pages = 0; pages < MAX_PAGES; pages += 1) {
          const params = cursor === undefined ? {} : { cursor };
          const page = parseWithSchema(
            toolsPageSchema,
            await client.request({ method: 'tools/list', params }, anyResultSchema, options),
            '',
          );
          tools.push(...page.tools);
          cursor = page.nextCursor;
          if (cursor === undefined) return { tools };
        }
        throw new ContractViolation('nextCursor', 'never ends the pages');
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
      body: ({ name, arguments: toolArguments }) => ({ name, arguments: toolArguments }),
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
