import type { IncomingMessage, ServerResponse } from 'node:http';
import { scriptedTool, type SimulatedTool, type ToolOutcome, type ToolScript } from './tools';

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

interface Kept {
  fingerprint: string;
  outcome: Promise<ToolOutcome>;
}

/**
 * The simulator's MCP server, on the official package: Streamable HTTP, stateless, JSON or a stream of events as each
 * tool has it. A tool runs to its end even if nobody waits any more. A call whose idempotency key was seen is the first
 * call, running or not.
 */
export class McpService {
  private readonly kept = new Map<string, Kept>();
  private readonly tools = new Map<string, SimulatedTool>();
  private readonly honourKeys: boolean;

  constructor(tools: readonly SimulatedTool[] = [], { honourKeys = true }: { honourKeys?: boolean } = {}) {
    this.honourKeys = honourKeys;
    for (const tool of tools) this.tools.set(tool.name, tool);
  }

  /** Adds a tool that does as it is told, or replaces the one of that name. */
  script(name: string, script?: ToolScript): void {
    this.tools.set(name, scriptedTool(name, script));
  }

  readonly handle: McpHandler = async (request, response, body, ran) => {
    const answer = await this.answer(request, response, body, ran);
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    // Whoever waits for events must see that they will come.
    response.flushHeaders();
    for await (const chunk of answer.body ?? []) response.write(chunk);
    response.end();
  };

  /** The answer, which flows while the tool runs when it has events. */
  async answer(
    request: IncomingMessage,
    response: ServerResponse,
    body: unknown,
    ran: () => void = () => {},
  ): Promise<Response> {
    // Without sessions there is neither one to end nor a stream of its own to listen to.
    if (request.method !== 'POST') {
      const refusal = { code: 'method_not_allowed', message: 'this server has no sessions' };
      return Response.json(refusal, { status: 405, headers: { allow: 'POST' } });
    }
    const sdk = await loadSdk();
    const server = this.serverOf(sdk, header(request, 'idempotency-key'), ran);
    const transport = new sdk.WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: undefined,
      enableJsonResponse: this.answerOf(body) === 'json',
    });
    await server.connect(transport);
    response.once('close', () => void server.close().catch(() => undefined));
    return transport.handleRequest(webRequest(request), { parsedBody: body });
  }

  private serverOf(sdk: Sdk, key: string | undefined, ran: () => void) {
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
      const { name, arguments: given = {} } = params;
      const tool = this.tools.get(name);
      const invalid = (message: string) => new sdk.ProtocolError(sdk.ProtocolErrorCode.InvalidParams, message);
      if (!tool) throw invalid(`Tool ${name} not found`);
      if (tool.inputSchema) {
        const checked = await sdk.fromJsonSchema(tool.inputSchema)['~standard'].validate(given);
        if (checked.issues) throw invalid(`Invalid arguments: ${checked.issues.map((one) => one.message).join('; ')}`);
      }
      const progressToken = mcpReq._meta?.progressToken;
      const run = async () => {
        ran();
        return tool.run(given, {
          idempotencyKey: key,
          progress: async (progress, total) => {
            if (progressToken === undefined || tool.answer !== 'events') return;
            const about = { progressToken, progress, total };
            await mcpReq.notify({ method: 'notifications/progress', params: about }).catch(() => undefined);
          },
        });
      };
      if (key === undefined || !this.honourKeys) return { ...(await run()) };
      const fingerprint = JSON.stringify([name, given]);
      const kept = this.kept.get(key) ?? { fingerprint, outcome: run() };
      if (kept.fingerprint !== fingerprint) throw invalid('the idempotency key was used for another call');
      this.kept.set(key, kept);
      kept.outcome.catch(() => this.kept.delete(key));
      return { ...(await kept.outcome) };
    });
    return server;
  }

  private answerOf(body: unknown): 'json' | 'events' {
    const { method, params } = (body ?? {}) as { method?: unknown; params?: { name?: unknown } };
    if (method !== 'tools/call') return 'json';
    return this.tools.get(String(params?.name))?.answer ?? 'json';
  }
}

function webRequest(request: IncomingMessage): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) headers.set(name, String(value));
  return new Request(`http://${request.headers.host ?? 'simulator'}${request.url ?? '/'}`, { method: 'POST', headers });
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
