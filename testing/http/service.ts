import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Chaos } from '../chaos';
import type { Operation, Scope } from '../description/operation';
import type { FaultKind, Faults } from '../faults';
import type { Ledger, LedgerEntry } from '../ledger';
import { operationTools, type ServiceAnswer, type ServiceRequest } from '../mcp/operations';
import { McpService } from '../mcp/service';
import { type Answer, Refusal } from '../refusal';
import type { World } from '../resources/world';
import { accept, WRITERS } from './accept';
import { type Body, readBody } from './body';
import type { IdempotencyKeys } from './idempotency';
import type { RateLimit } from './rate-limit';
import { dialectOf, type Route, routeOf } from './router';
import { header, send, sendHalf } from './send';

const MCP_PATH = /^\/v[12]\/mcp$/;

interface Parts {
  world: World;
  ledger: Ledger;
  faults: Faults;
  keys: IdempotencyKeys;
  limit: RateLimit;
  isClosing: () => boolean;
  origin: () => string;
}

/** Serves the API over HTTP: faults, rate, credentials, keys, then the operation itself. */
export class HttpService {
  readonly mcp: McpService;
  chaos?: Chaos;

  constructor(private readonly parts: Parts) {
    const { world, keys } = parts;
    const tools = operationTools(world.teamId, (request) => this.asTool(request));
    this.mcp = new McpService(tools, { honourKeys: keys.mode === 'honour' });
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { ledger, limit, isClosing } = this.parts;
    const method = request.method ?? 'GET';
    const [path = '/', search = ''] = (request.url ?? '/').split('?');
    const isMcp = MCP_PATH.test(path);
    const route = isMcp ? 404 : routeOf(method, path);
    const described = typeof route === 'object' ? route.operation : undefined;
    const body = await readBody(request, described);
    const entry = this.enter(method, path, isMcp ? 'mcp' : (described?.name ?? 'unknown'), route, body, request);
    const fault = await this.meet(entry, response);
    if (fault === 'over') return;
    const { headers, isOver } = limit.take();
    if (isMcp && !isOver) return this.serveMcp(request, response, entry, body, fault?.how);
    const answer = isOver
      ? this.refused(new Refusal(429, 'rate_limited'), path, described?.name)
      : await this.answer(request, route, path, search, entry, body, fault?.how);
    if (fault && 'hold' in fault.how && fault.how.hold === 'after') await fault.released;
    if (response.destroyed || isClosing() || (fault && 'loseResponse' in fault.how)) return void response.destroy();
    const full = { ...answer, headers: { ...headers, ...answer.headers } };
    if (fault && 'halfBody' in fault.how) return sendHalf(response, full);
    entry.status = answer.status;
    ledger.changed(entry);
    if (fault && 'garbled' in fault.how) {
      const { garbled, contentType = 'application/json', status = answer.status } = fault.how;
      response.writeHead(status, { 'content-type': contentType });
      return void response.end(garbled);
    }
    if (fault && 'addHeaders' in fault.how) Object.assign(full.headers, fault.how.addHeaders);
    send(response, full);
  }

  private enter(
    method: string,
    path: string,
    operation: Operation | 'unknown',
    route: Route | 404 | 405,
    { value }: Body,
    request: IncomingMessage,
  ): LedgerEntry {
    const { world, ledger } = this.parts;
    const ids = typeof route === 'object' ? route.ids : {};
    const { run_id: runId, request_id: requestId } = ids;
    const asked = (value as { agent_id?: unknown } | undefined)?.agent_id;
    const agentId = runId === undefined ? (asked ?? ids['agent_id']) : world.runs.agentOf(runId);
    const key = header(request, 'idempotency-key');
    return ledger.add({
      operation,
      method,
      path,
      ...(runId !== undefined && { runId }),
      ...(typeof agentId === 'string' && { agentId }),
      ...(requestId !== undefined && { requestId }),
      ...(key !== undefined && { idempotencyKey: key }),
      // What a token is asked with are credentials.
      ...(value !== undefined && operation !== 'token' && { body: world.tokens.hide(value) }),
    });
  }

  /** Lets the request meet its fault; `over` when that was its end. */
  private async meet(
    entry: LedgerEntry,
    response: ServerResponse,
  ): Promise<{ how: FaultKind; released: Promise<void> } | 'over' | undefined> {
    const { faults, ledger, isClosing } = this.parts;
    const { operation, runId, agentId, path } = entry;
    if (operation === 'unknown') return undefined;
    const planned = faults.hit(operation, runId, agentId);
    const random = planned ? undefined : this.chaos?.of(entry.seq, operation);
    const fault = planned ?? (random && { how: random, released: Promise.resolve() });
    if (!fault) return undefined;
    const { how } = fault;
    response.once('close', () => {
      if (response.writableEnded) return;
      entry.abandoned = true;
      ledger.changed(entry);
    });
    entry.fault = Object.keys(how)[0] ?? 'fault';
    ledger.changed(entry);
    if ('reset' in how) {
      response.destroy();
      return 'over';
    }
    if ('slow' in how) await new Promise((resolve) => setTimeout(resolve, how.slow).unref());
    if ('hold' in how && how.hold === 'before') await fault.released;
    if (response.destroyed || isClosing()) {
      response.destroy();
      return 'over';
    }
    if (!('status' in how) || 'garbled' in how) return fault;
    entry.status = how.status;
    const { body } = this.refused(new Refusal(how.status, 'fault'), path, operation);
    send(response, { status: how.status, body: how.body ?? body, headers: how.headers });
    return 'over';
  }

  private async answer(
    request: IncomingMessage,
    route: Route | 404 | 405,
    path: string,
    search: string,
    entry: LedgerEntry,
    body: Body,
    fault: FaultKind | undefined,
  ): Promise<Answer> {
    const { world, keys, origin } = this.parts;
    const { idempotencyKey } = entry;
    const described = typeof route === 'object' ? route.operation : undefined;
    const key = described?.isMutation && described.key !== 'none' ? idempotencyKey : undefined;
    // Only who claimed a key may give it up: a refusal before that says nothing of what was done under it.
    let isClaimed = false;
    try {
      if (described?.access !== 'open') this.admit(request, described?.scope);
      if (route === 404) throw new Refusal(404, 'not_found');
      if (route === 405) throw new Refusal(405, 'method_not_allowed');
      const { operation, dialect, ids } = route;
      if (operation.isMutation && (operation.key ?? 'required') === 'required' && !key)
        throw new Refusal(400, 'idempotency_key_required');
      if (body.refusal) throw body.refusal;
      if ((operation.takes ?? 'json') === 'json' && operation.isMutation && !body.isEmpty) {
        if (!header(request, 'content-type')?.startsWith('application/json'))
          throw new Refusal(415, 'unsupported_media_type');
        if (body.value === undefined) throw new Refusal(422, 'malformed_json');
      }
      if (key !== undefined) {
        const { answer, conflict } = keys.claim(key, `${entry.method} ${path} ${body.fingerprint}`);
        if (conflict)
          return this.refused(new Refusal(conflict === 'idempotency_in_flight' ? 409 : 422, conflict), path);
        if (answer) return answer;
        isClaimed = true;
      }
      const answer = await accept(world, {
        operation,
        dialect,
        ids,
        body: body.value,
        query: Object.fromEntries(new URLSearchParams(search)),
        entry,
        fault,
        origin: origin(),
        authorization: header(request, 'authorization'),
      });
      if (key !== undefined) keys.settle(key, answer);
      return answer;
    } catch (error) {
      if (key !== undefined && isClaimed) keys.drop(key);
      if (error instanceof Refusal) return this.refused(error, path, described?.name);
      throw error;
    }
  }

  private async serveMcp(
    request: IncomingMessage,
    response: ServerResponse,
    entry: LedgerEntry,
    body: Body,
    fault: FaultKind | undefined,
  ): Promise<void> {
    try {
      this.admit(request, 'mcp:call');
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      entry.status = error.status;
      this.parts.ledger.changed(entry);
      return send(response, this.refused(error, entry.path));
    }
    if (fault && ('loseResponse' in fault || 'halfBody' in fault)) {
      // It is done all the same; its answer never arrives.
      response.writeHead = () => response.destroy();
    }
    await this.mcp.handle(request, response, body.value);
    entry.status = response.statusCode;
    this.parts.ledger.changed(entry);
  }

  /** An operation as a tool of the MCP server: already admitted, in dialect v2. */
  private async asTool({ method, path, query, body, idempotencyKey }: ServiceRequest): Promise<ServiceAnswer> {
    const { world, ledger, origin } = this.parts;
    const route = routeOf(method, path);
    if (typeof route !== 'object') return this.refused(new Refusal(404, 'not_found'), path);
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
      if (error instanceof Refusal) return this.refused(error, path);
      throw error;
    }
  }

  private admit(request: IncomingMessage, scope: Scope | undefined): void {
    const authorization = header(request, 'authorization');
    const bearer = authorization?.startsWith('Bearer ') ? authorization.slice('Bearer '.length) : undefined;
    const verdict = this.parts.world.tokens.check(bearer, scope);
    if (verdict === 'unknown') {
      const invalid = bearer === undefined ? 'Bearer' : 'Bearer error="invalid_token"';
      throw new Refusal(401, 'unauthorized', undefined, { 'www-authenticate': invalid });
    }
    if (verdict === 'ok') return;
    const challenge = `Bearer error="insufficient_scope", scope="${scope}"`;
    throw new Refusal(403, 'insufficient_scope', undefined, { 'www-authenticate': challenge });
  }

  /** In the words of the path's dialect; the token endpoint speaks as RFC 6749 wants it. */
  private refused(refusal: Refusal, path: string, operation?: string): Answer {
    return WRITERS[operation === 'token' ? 'v2' : dialectOf(path)].refusal(refusal);
  }
}
