import { randomUUID } from 'node:crypto';

const SESSION_HEADER = 'mcp-session-id';

/** The sessions of the MCP server (Streamable HTTP, "Session Management"). A request to a lost session gets a 404. */
export class McpSessions {
  private readonly open = new Set<string>();

  /** Returns the response to a request that no tool handles: a refusal, or the end of a session. */
  interceptRequest(method: string | undefined, sessionId: string | undefined, body: unknown): Response | undefined {
    if (method === 'GET') return new Response(null, { status: 405, headers: { allow: 'POST, DELETE' } });
    if (isInitialize(body)) return undefined;
    if (sessionId === undefined) return createRefusal(400, -32000, 'Mcp-Session-Id header is required');
    if (!this.open.has(sessionId)) return createRefusal(404, -32001, 'Session not found');
    if (method !== 'DELETE') return undefined;
    this.open.delete(sessionId);
    return new Response(null, { status: 200 });
  }

  /** Adds a new session to the successful response to `initialize`. */
  finishResponse(response: Response, body: unknown): Response {
    if (!isInitialize(body) || !response.ok) return response;
    const id = randomUUID();
    this.open.add(id);
    response.headers.set(SESSION_HEADER, id);
    return response;
  }

  /** Forgets all sessions, as a server does when it restarts. */
  loseAll(): void {
    this.open.clear();
  }
}

export function readSessionId(headers: Record<string, string | string[] | undefined>): string | undefined {
  return headers[SESSION_HEADER]?.toString();
}

function isInitialize(body: unknown): boolean {
  return (body as { method?: unknown } | undefined)?.method === 'initialize';
}

function createRefusal(status: number, code: number, message: string): Response {
  return Response.json({ jsonrpc: '2.0', id: null, error: { code, message } }, { status });
}
