import type { DuvoClient, DuvoClientOptions } from '../../../duvo';
import { McpService } from '../../../testing/simulator/mcp/mcp-service';
import { createScriptedTool, type SimulatedTool } from '../../../testing/simulator/mcp/tools';
import { createClient, type RequestHandler, replyJson, TestServer } from './http-test-server';

export const TEXT_SCHEMA = { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] };

export let server: TestServer;
export let client: DuvoClient;
let tools: SimulatedTool[];
let ran: number;

/** Returns how many times the tool `echo` has run in the current test. */
export function echoRuns(): number {
  return ran;
}

/** Replaces the client of the current test. */
export function useClient(options: DuvoClientOptions): void {
  const previous = client;
  client = createClient(server, options);
  void previous.close();
}

/** Starts an MCP server with some tools, and a Duvo client that is connected to it, before each test of the calling file. */
export function setUpTools(): void {
  beforeEach(async () => {
    server = await TestServer.start();
    client = createClient(server);
    ran = 0;
    tools = [
      {
        name: 'echo',
        title: 'Echo',
        description: 'Returns the text',
        inputSchema: TEXT_SCHEMA,
        run: ({ text }) => {
          ran += 1;
          return { content: [{ type: 'text', text: String(text) }], structuredContent: { said: text } };
        },
      },
      createScriptedTool('steps', { progress: 2, result: 'in steps' }),
      createScriptedTool('broken', { isError: true, result: 'it broke' }),
      createScriptedTool('endless', { delayMs: 3_600_000 }),
      createScriptedTool('endless-events', { delayMs: 3_600_000, responseFormat: 'events' }),
    ];
    server.handler = mcp();
  });
  afterEach(async () => {
    await client.close();
    await server.stop();
  });
}

/**
 * Creates a handler that behaves like the hosted MCP server, except for the methods that have their own handler in
 * `instead`.
 */
export function mcp(instead: Record<string, RequestHandler> = {}): RequestHandler {
  const service = new McpService(tools);
  return (seen, response, raw) => {
    const body: unknown = seen.body === '' ? undefined : JSON.parse(seen.body);
    const handler = instead[methodOf(seen.body)];
    if (handler) handler(seen, response, raw);
    else if (seen.headers.authorization !== 'Bearer dv_test')
      replyJson(401, { code: 'unauthorized' })(seen, response, raw);
    else void service.handle(raw, response, body);
  };
}

export const methodOf = (body: string) =>
  body === '' ? '' : String((JSON.parse(body) as { method?: unknown }).method);
export const methods = () => server.requests.map(({ body }) => methodOf(body));
export const idOf = (body: string) => (JSON.parse(body) as { id: unknown }).id;
export const call = (name: string, toolArguments?: Record<string, unknown>, options = {}) =>
  client.tools.call({ name, arguments: toolArguments }, { idempotencyKey: 'key-1', ...options });

/** Resolves when a request of this method has arrived. */
export async function waitForMethod(method: string): Promise<void> {
  while (!methods().includes(method)) await server.waitForNext('request');
}
