/** A tool of Duvo's hosted MCP server. */
export interface Tool {
  name: string;
  title?: string;
  description?: string;
  /** JSON Schema of the arguments. */
  inputSchema: Record<string, unknown>;
}

export interface CallToolInput {
  name: string;
  arguments?: Record<string, unknown>;
}

/** The result of a tool call. `isError` means that the tool ran and reported a failure. */
export interface ToolResult {
  content: Record<string, unknown>[];
  structuredContent?: Record<string, unknown>;
  isError: boolean;
}
