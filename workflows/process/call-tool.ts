import { duvoActivities, type ResourceCalls, type ResourceOptions } from './resource-activities';

/**
 * Calls a tool of Duvo's hosted MCP server, once: a try that is repeated keeps its key, also after a reset of the
 * workflow. It may take hours (`startToCloseTimeout` in the options bounds a try). A tool that says that it failed is a
 * result, `isError`, and no failure.
 *
 * ```ts
 * const { structuredContent } = await callTool('post_invoice', { number: '4711' });
 * ```
 */
export function callTool(
  name: string,
  args: Record<string, unknown> = {},
  options?: ResourceOptions,
): ReturnType<ResourceCalls['callTool']> {
  return duvoActivities(options).callTool({ name, arguments: args });
}
