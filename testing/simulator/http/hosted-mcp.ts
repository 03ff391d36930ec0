import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LedgerEntry } from '../ledger';
import { operationTools, type ServiceAnswer, type ServiceRequest } from '../mcp/operations';
import { McpService } from '../mcp/service';
import { Refusal } from '../refusal';
import { accept } from './accept';
import { admit, refused } from './admission';
import { type Met, sendThrough } from './meeting';
import type { Parts } from './parts';
import { routeOf } from './router';

const PATH = /^\/v[12]\/mcp$/;

/** The MCP server at its place in the API: behind the key and its scope, with the operations as tools. */
export class HostedMcp {
  readonly service: McpService;

  constructor(private readonly parts: Parts) {
    const { world, keys } = parts;
    const tools = operationTools(world.teamId, (request) => this.perform(request));
    this.service = new McpService(tools, { honourKeys: keys.mode === 'honour' });
  }

  isAt(path: string): boolean {
    return PATH.test(path);
  }

  async serve(
    request: IncomingMessage,
    response: ServerResponse,
    entry: LedgerEntry,
    body: unknown,
    headers: Record<string, string>,
    fault: Met | undefined,
  ): Promise<void> {
    const { world, ledger } = this.parts;
    try {
      admit(request, world.tokens, 'mcp:call');
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const answer = refused(error, entry.path);
      return sendThrough(this.parts, entry, response, { ...answer, headers: { ...headers, ...answer.headers } }, fault);
    }
    const ran = () => ledger.commit(entry);
    if (fault) {
      // A fault is about the whole answer, so it does not flow.
      const answer = await this.service.answer(request, response, body, ran);
      const whole = { status: answer.status, headers: { ...headers, ...Object.fromEntries(answer.headers) } };
      return sendThrough(this.parts, entry, response, { ...whole, body: await answer.text() }, fault);
    }
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    await this.service.handle(request, response, body, ran);
    entry.status = response.statusCode;
    ledger.changed(entry);
  }

  /** An operation as a tool: already admitted, in dialect v2. */
  private async perform({ method, path, query, body, idempotencyKey }: ServiceRequest): Promise<ServiceAnswer> {
    const { world, ledger, origin } = this.parts;
    const route = routeOf(method, path);
    if (typeof route !== 'object') return refused(new Refusal(404, 'not_found'), path);
    const { operation, dialect, ids } = route;
    const entry = ledger.add({
      operation: operation.name,
      method,
      path,
      idempotencyKey,
      ...(body && { body: world.tokens.hide(body) }),
    });
    try {
      return await accept(world, { operation, dialect, ids, body, query, entry, origin: origin() });
    } catch (error) {
      if (error instanceof Refusal) return refused(error, path);
      throw error;
    }
  }
}
