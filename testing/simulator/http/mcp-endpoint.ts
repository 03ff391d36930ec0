import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LedgerEntry } from '../shared/ledger';
import { createOperationTools, type ServiceResponse, type ServiceRequest } from '../mcp/operation-tools';
import { McpService } from '../mcp/mcp-service';
import { Refusal } from '../shared/refusal';
import { performOperation } from './perform-operation';
import { authorize } from './authorize';
import { refusalResponse } from './refusal-response';
import { type ActiveFault, sendWithFault } from './apply-fault';
import type { ServiceContext } from './service-context';
import { findRoute } from './router';

const MCP_PATH = /^\/v[12]\/mcp$/;

/** Serves the hosted MCP server: checks the caller's scope, and offers the API's operations as tools. */
export class McpEndpoint {
  readonly service: McpService;

  constructor(private readonly context: ServiceContext) {
    const { workspace, idempotencyKeys, hasMcpSessions } = context;
    const tools = createOperationTools(workspace.teamId, (request) => this.performTool(request));
    this.service = new McpService(tools, {
      honoursKeys: idempotencyKeys.mode === 'honour',
      hasSessions: hasMcpSessions,
    });
  }

  isMcpPath(path: string): boolean {
    return MCP_PATH.test(path);
  }

  async serve(
    request: IncomingMessage,
    response: ServerResponse,
    entry: LedgerEntry,
    body: unknown,
    headers: Record<string, string>,
    fault: ActiveFault | undefined,
  ): Promise<void> {
    const { workspace, ledger } = this.context;
    try {
      authorize(request, workspace.tokens, 'mcp:call');
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const answer = refusalResponse(error, entry.path);
      return sendWithFault(
        this.context,
        entry,
        response,
        { ...answer, headers: { ...headers, ...answer.headers } },
        fault,
      );
    }
    const onToolRun = () => ledger.markCommitted(entry);
    if (fault) {
      // A fault applies to the complete response, so the response is not streamed here.
      const answer = await this.service.createResponse(request, response, body, onToolRun);
      const fullResponse = { status: answer.status, headers: { ...headers, ...Object.fromEntries(answer.headers) } };
      return sendWithFault(this.context, entry, response, { ...fullResponse, body: await answer.text() }, fault);
    }
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    await this.service.handle(request, response, body, onToolRun);
    entry.status = response.statusCode;
    ledger.notifyChange(entry);
  }

  /** Performs an operation for a tool call, in dialect v2. The caller was authorized for the MCP request. */
  private async performTool({ method, path, query, body, idempotencyKey }: ServiceRequest): Promise<ServiceResponse> {
    const { workspace, ledger, origin } = this.context;
    const route = findRoute(method, path);
    if (typeof route !== 'object') return refusalResponse(new Refusal(404, 'not_found'), path);
    const { operation, dialect, ids } = route;
    const entry = ledger.add({
      operation: operation.name,
      method,
      path,
      idempotencyKey,
      ...(body && { body: workspace.tokens.redact(body) }),
    });
    try {
      return await performOperation(workspace, { operation, dialect, ids, body, query, entry, origin: origin() });
    } catch (error) {
      if (error instanceof Refusal) return refusalResponse(error, path);
      throw error;
    }
  }
}
