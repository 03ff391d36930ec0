import { setTimeout as delay } from 'node:timers/promises';

/** The result of a tool call. */
export interface ToolResult {
  content: { type: 'text'; text: string }[];
  structuredContent?: Record<string, unknown>;
  isError?: boolean;
}

export interface ToolContext {
  /** The Idempotency-Key header of the HTTP request. */
  idempotencyKey?: string;
  /** Sends a progress notification. It has no effect when the tool responds with JSON. */
  reportProgress: (progress: number, total: number) => Promise<void>;
}

/** A tool of the simulated MCP server. */
export interface SimulatedTool {
  name: string;
  title?: string;
  description?: string;
  /** JSON Schema. @default any object */
  inputSchema?: Record<string, unknown>;
  /** Whether the tool responds with one JSON document or with an event stream. @default 'json' */
  responseFormat?: 'json' | 'events';
  run: (given: Record<string, unknown>, context: ToolContext) => ToolResult | Promise<ToolResult>;
}

/** The behaviour of a scripted tool. */
export interface ToolScript extends Pick<SimulatedTool, 'title' | 'description' | 'inputSchema' | 'responseFormat'> {
  /** A text, or an object, which is also sent as structured content. @default 'done' */
  result?: string | Record<string, unknown>;
  /** Whether the result reports that the tool failed. @default false */
  isError?: boolean;
  /** Duration of a call, in milliseconds. @default 0 */
  delayMs?: number;
  /** Number of progress notifications, spread evenly over `delayMs`. Above 0, `responseFormat` is 'events' by default. @default 0 */
  progress?: number;
}

/** Creates a tool that returns the same result for every call. */
export function createScriptedTool(name: string, script: ToolScript = {}): SimulatedTool {
  const { result = 'done', isError = false, delayMs = 0, progress = 0, ...toolInfo } = script;
  return {
    ...toolInfo,
    name,
    responseFormat: toolInfo.responseFormat ?? (progress > 0 ? 'events' : 'json'),
    run: async (_given, context) => {
      // The timer is unreferenced, so a pending tool does not keep a closed simulator's process alive.
      const waitOneStep = () => delay(delayMs / (progress + 1), undefined, { ref: false });
      for (let step = 1; step <= progress; step += 1) {
        await waitOneStep();
        await context.reportProgress(step, progress);
      }
      if (delayMs > 0) await waitOneStep();
      return toToolResult(result, isError);
    },
  };
}

/** Creates a tool's result: the text, and for an object also the structured content. */
export function toToolResult(result: string | Record<string, unknown>, isError: boolean): ToolResult {
  const text = typeof result === 'string' ? result : JSON.stringify(result);
  return {
    content: [{ type: 'text', text }],
    ...(typeof result === 'object' && { structuredContent: result }),
    ...(isError && { isError }),
  };
}
