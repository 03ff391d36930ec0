import type { IncomingMessage, ServerResponse } from 'node:http';
import { McpSessions, readSessionId } from './mcp-sessions';
import { createScriptedTool, type SimulatedTool, type ToolResult, type ToolScript } from './tools';

/** Serves one HTTP request to the MCP server. The body has already been read and parsed. */
export type McpHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  body: unknown,
  /** Called when a tool runs, but not for a repeated idempotency key. */
  onToolRun?: () => void,
) => Promise<void>;

/** The first request loads the SDK, so that tests without tools do not spend time on it. */
const loadSdk = () => import('@modelcontextprotocol/server');
type Sdk = Awaited<ReturnType<typeof loadSdk>>;

interface IdempotentCall {
  fingerprint: string;
  outcome: Promise<ToolResult>;
}

/**
 * The simulator's MCP server, built on the official package: Streamable HTTP, with sessions if they are on. Each tool's setting decides
 * between a JSON response and an event stream. A tool runs to its end even when the client has closed the connection. A
 * call with a repeated idempotency key returns the outcome of the first call, and waits for it if it still runs.
 */
export class McpService {
  private readonly callsByKey = new Map<string, IdempotentCall>();
  private readonly tools = new Map<string, SimulatedTool>();
  private readonly honoursKeys: boolean;
  /** Absent when the server works without sessions. */
  readonly sessions: McpSessions | undefined;

  constructor(
    tools: readonly SimulatedTool[] = [],
    { honoursKeys = true, hasSessions = false }: { honoursKeys?: boolean; hasSessions?: boolean } = {},
  ) {
    this.honoursKeys = honoursKeys;
    this.sessions = hasSessions ? new McpSessions() : undefined;
    for (const tool of tools) this.tools.set(tool.name, tool);
  }

  /** Adds a scripted tool, or replaces the tool of that name. */
  setTool(name: string, script?: ToolScript): void {
    this.tools.set(name, createScriptedTool(name, script));
  }

  readonly handle: McpHandler = async (request, response, body, onToolRun) => {
    const answer = await this.createResponse(request, response, body, onToolRun);
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    // A client that waits for events needs the headers before the first event.
    response.flushHeaders();
    for await (const chunk of answer.body ?? []) response.write(chunk);
    response.end();
  };

  /** Creates the response. Its body is a stream that stays open while the tool runs, if the tool responds with events. */
  async createResponse(
    request: IncomingMessage,
    response: ServerResponse,
    body: unknown,
    onToolRun: () => void = () => {},
  ): Promise<Response> {
    const intercepted = this.sessions?.interceptRequest(request.method, readSessionId(request.headers), body);
    if (intercepted) return intercepted;
    // GET opens a session's stream and DELETE ends a session; this server has no sessions.
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
    const created = await transport.handleRequest(toWebRequest(request), { parsedBody: body });
    return this.sessions?.finishResponse(created, body) ?? created;
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
            if (progressToken === undefined || tool.responseFormat !== 'events') return;
            const progressParams = { progressToken, progress, total };
            await mcpReq.notify({ method: 'notifications/progress', params: progressParams }).catch(() => undefined);
          },
        });
      };
      if (key === undefined || !this.honoursKeys) return { ...(await run()) };
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
    return this.tools.get(String(params?.name))?.responseFormat ?? 'json';
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
