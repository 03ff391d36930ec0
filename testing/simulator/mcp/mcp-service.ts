import type { IncomingMessage, ServerResponse } from 'node:http';
import { createScriptedTool, type SimulatedTool, type ToolResult, type ToolScript } from './tools';

/** Serves one HTTP request to the MCP server, whose body is read and parsed. */
export type McpHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  body: unknown,
  /** Told when a tool runs: not when a call is one that was seen. */
  ran?: () => void,
) => Promise<void>;

/** Loaded by the first request: whoever simulates no tools does not pay for it. */
const loadSdk = () => import('@modelcontextprotocol/server');
type Sdk = Awaited<ReturnType<typeof loadSdk>>;

interface IdempotentCall {
  fingerprint: string;
  outcome: Promise<ToolResult>;
}

/**
 * The simulator's MCP server, on the official package: Streamable HTTP, stateless, JSON or a stream of events as each
 * tool has it. A tool runs to its end even if nobody waits any more. A call whose idempotency key was seen is the first
 * call, running or not.
 */
export class McpService {
  private readonly callsByKey = new Map<string, IdempotentCall>();
  private readonly tools = new Map<string, SimulatedTool>();
  private readonly honourKeys: boolean;

  constructor(tools: readonly SimulatedTool[] = [], { honourKeys = true }: { honourKeys?: boolean } = {}) {
    this.honourKeys = honourKeys;
    for (const tool of tools) this.tools.set(tool.name, tool);
  }

  /** Adds a tool that does as it is told, or replaces the one of that name. */
  setTool(name: string, script?: ToolScript): void {
    this.tools.set(name, createScriptedTool(name, script));
  }

  readonly handle: McpHandler = async (request, response, body, onToolRun) => {
    const answer = await this.createResponse(request, response, body, onToolRun);
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    // Whoever waits for events must see that they will come.
    response.flushHeaders();
    for await (const chunk of answer.body ?? []) response.write(chunk);
    response.end();
  };

  /** The answer, which flows while the tool runs when it has events. */
  async createResponse(
    request: IncomingMessage,
    response: ServerResponse,
    body: unknown,
    onToolRun: () => void = () => {},
  ): Promise<Response> {
    // Without sessions there is neither one to end nor a stream of its own to listen to.
    if (request.method !== 'POST') {
      const refusal = { code: 'method_not_allowed', message: 'this server has no sessions' };
      return Response.json(refusal, { status: 405, headers: { allow: 'POST' } });
    }
    const sdk = await loadSdk();
    const server = this.createServer(sdk, readHeader(request, 'idempotency-key'), onToolRun);
    const transport = new sdk.WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: undefined,
      enableJsonResponse: this.responseFormatOf(body) === 'json',
    });
    await server.connect(transport);
    response.once('close', () => void server.close().catch(() => undefined));
    return transport.handleRequest(toWebRequest(request), { parsedBody: body });
  }

  private createServer(sdk: Sdk, key: string | undefined, onToolRun: () => void) {
    const server = new sdk.Server({ name: 'duvo-simulator', version: '1' }, { capabilities: { tools: {} } });
    server.setRequestHandler('tools/list', () => ({
      tools: [...this.tools.values()].map(({ name, title, description, inputSchema }) => ({
        name,
        title,
        description,
        inputSchema: { ...inputSchema, type: 'object' as const },
      })),
    }));
    server.setRequestHandler('tools/call', async ({ params }, { mcpReq }) => {
      const { name, arguments: args = {} } = params;
      const tool = this.tools.get(name);
      const invalid = (message: string) => new sdk.ProtocolError(sdk.ProtocolErrorCode.InvalidParams, message);
      if (!tool) throw invalid(`Tool ${name} not found`);
      if (tool.inputSchema) {
        const validation = await sdk.fromJsonSchema(tool.inputSchema)['~standard'].validate(args);
        if (validation.issues)
          throw invalid(`Invalid arguments: ${validation.issues.map((one) => one.message).join('; ')}`);
      }
      const progressToken = mcpReq._meta?.progressToken;
      const run = async () => {
        onToolRun();
        return tool.run(args, {
          idempotencyKey: key,
          reportProgress: async (progress, total) => {
            if (progressToken === undefined || tool.answer !== 'events') return;
            const progressParams = { progressToken, progress, total };
            await mcpReq.notify({ method: 'notifications/progress', params: progressParams }).catch(() => undefined);
          },
        });
      };
      if (key === undefined || !this.honourKeys) return { ...(await run()) };
      const fingerprint = JSON.stringify([name, args]);
      const call = this.callsByKey.get(key) ?? { fingerprint, outcome: run() };
      if (call.fingerprint !== fingerprint) throw invalid('the idempotency key was used for another call');
      this.callsByKey.set(key, call);
      call.outcome.catch(() => this.callsByKey.delete(key));
      return { ...(await call.outcome) };
    });
    return server;
  }

  private responseFormatOf(body: unknown): 'json' | 'events' {
    const { method, params } = (body ?? {}) as { method?: unknown; params?: { name?: unknown } };
    if (method !== 'tools/call') return 'json';
    return this.tools.get(String(params?.name))?.answer ?? 'json';
  }
}

function toWebRequest(request: IncomingMessage): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) headers.set(name, String(value));
  return new Request(`http://${request.headers.host ?? 'simulator'}${request.url ?? '/'}`, { method: 'POST', headers });
}

function readHeader(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
