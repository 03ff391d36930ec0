import { setTimeout as delay } from 'node:timers/promises';

/** What a tool gives back. */
export interface ToolResult {
  content: { type: 'text'; text: string }[];
  structuredContent?: Record<string, unknown>;
  isError?: boolean;
}

export interface ToolContext {
  /** Of the HTTP request. */
  idempotencyKey?: string;
  /** Tells the client how far the tool is; lost when the answer is JSON. */
  reportProgress: (progress: number, total: number) => Promise<void>;
}

/** A tool of the simulated MCP server. */
export interface SimulatedTool {
  name: string;
  title?: string;
  description?: string;
  /** JSON Schema. @default any object */
  inputSchema?: Record<string, unknown>;
  /** Answers with one JSON document, or with a stream of events. @default 'json' */
  answer?: 'json' | 'events';
  run: (given: Record<string, unknown>, context: ToolContext) => ToolResult | Promise<ToolResult>;
}

/** What a scripted tool does. */
export interface ToolScript extends Pick<SimulatedTool, 'title' | 'description' | 'inputSchema' | 'answer'> {
  /** A text, or an object (then it is the structured content as well). @default 'done' */
  result?: string | Record<string, unknown>;
  /** The tool says that it failed. @default false */
  isError?: boolean;
  /** How long it takes. @default 0 */
  delayMs?: number;
  /** How many steps it tells of, evenly over its time; needs `answer: 'events'`, which is the default then. @default 0 */
  progress?: number;
}

/** A tool that always does the same. */
export function createScriptedTool(name: string, script: ToolScript = {}): SimulatedTool {
  const { result = 'done', isError = false, delayMs = 0, progress = 0, ...toolInfo } = script;
  return {
    ...toolInfo,
    name,
    answer: toolInfo.answer ?? (progress > 0 ? 'events' : 'json'),
    run: async (_given, context) => {
      // A simulator that is closed does not wait for its tools.
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

/** What a tool gives back, as text and, when it is an object, as structured content. */
export function toToolResult(result: string | Record<string, unknown>, isError: boolean): ToolResult {
  const text = typeof result === 'string' ? result : JSON.stringify(result);
  return {
    content: [{ type: 'text', text }],
    ...(typeof result === 'object' && { structuredContent: result }),
    ...(isError && { isError }),
  };
}
