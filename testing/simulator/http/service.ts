import type { IncomingMessage, ServerResponse } from 'node:http';
import type { OperationDescription } from '../description/operation';
import type { FaultKind } from '../faults';
import type { LedgerEntry } from '../ledger';
import { type Answer, Refusal } from '../refusal';
import { accept } from './accept';
import { admit, refused } from './admission';
import { readBody } from './body';
import { HostedMcp } from './hosted-mcp';
import { meetFault, sendThrough } from './meeting';
import type { Parts } from './parts';
import type { Body } from './received';
import { type Route, routeOf } from './router';
import { header } from './send';

/** Serves the API over HTTP: faults, rate, credentials, keys, then the operation itself. */
export class HttpService {
  readonly mcp: HostedMcp;

  constructor(private readonly parts: Parts) {
    this.mcp = new HostedMcp(parts);
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? 'GET';
    const [path = '/', search = ''] = (request.url ?? '/').split('?');
    const isMcp = this.mcp.isAt(path);
    const route = isMcp ? 404 : routeOf(method, path);
    const body = await readBody(request, typeof route === 'object' ? route.operation : undefined);
    const entry = this.enter(request, path, isMcp, route, body);
    const fault = await meetFault(this.parts, entry, response);
    if (fault === 'over') return;
    const { headers, isOver } = this.parts.limit.take();
    if (isMcp && !isOver) return this.mcp.serve(request, response, entry, body.value, headers, fault);
    const answer = isOver
      ? refused(new Refusal(429, 'rate_limited'), path)
      : await this.answer(request, route, search, entry, body, fault?.how);
    await sendThrough(this.parts, entry, response, { ...answer, headers: { ...headers, ...answer.headers } }, fault);
  }

  private enter(
    request: IncomingMessage,
    path: string,
    isMcp: boolean,
    route: Route | 404 | 405,
    { value }: Body,
  ): LedgerEntry {
    const { world, ledger } = this.parts;
    const { operation, ids } = typeof route === 'object' ? route : { ids: {} as Record<string, string> };
    const { run_id: runId, request_id: requestId } = ids;
    const asked = (value as { agent_id?: unknown } | null | undefined)?.agent_id;
    const agentId = runId === undefined ? (asked ?? ids['agent_id']) : world.runs.agentOf(runId);
    const key = header(request, 'idempotency-key');
    return ledger.add({
      operation: isMcp ? 'mcp' : (operation?.name ?? 'unknown'),
      method: request.method ?? 'GET',
      path,
      ...(runId !== undefined && { runId }),
      ...(typeof agentId === 'string' && { agentId }),
      ...(requestId !== undefined && { requestId }),
      ...(key !== undefined && { idempotencyKey: key }),
      // What a token is asked with are credentials.
      ...(value !== undefined && operation?.name !== 'token' && { body: world.tokens.hide(value) }),
    });
  }

  private async answer(
    request: IncomingMessage,
    route: Route | 404 | 405,
    search: string,
    entry: LedgerEntry,
    body: Body,
    fault: FaultKind | undefined,
  ): Promise<Answer> {
    const { world, origin } = this.parts;
    const described = typeof route === 'object' ? route.operation : undefined;
    try {
      if (described?.access !== 'open') admit(request, world.tokens, described?.scope);
      if (route === 404) throw new Refusal(404, 'not_found');
      if (route === 405) throw new Refusal(405, 'method_not_allowed');
      this.check(request, route.operation, body);
      return await this.once(route.operation, entry, body, () =>
        accept(world, {
          ...route,
          body: body.value,
          query: Object.fromEntries(new URLSearchParams(search)),
          entry,
          fault,
          origin: origin(),
          authorization: header(request, 'authorization'),
        }),
      );
    } catch (error) {
      if (error instanceof Refusal) return refused(error, entry.path);
      throw error;
    }
  }

  /** Whether the request is one that the operation reads at all. */
  private check(request: IncomingMessage, operation: OperationDescription, body: Body): void {
    const { isMutation, takes = 'json', key = 'required' } = operation;
    if (isMutation && key === 'required' && !header(request, 'idempotency-key'))
      throw new Refusal(400, 'idempotency_key_required');
    if (body.refusal) throw body.refusal;
    if (takes !== 'json' || !isMutation || body.isEmpty) return;
    if (!header(request, 'content-type')?.startsWith('application/json'))
      throw new Refusal(415, 'unsupported_media_type');
    if (body.value === undefined) throw new Refusal(422, 'malformed_json');
  }

  /** Does it, unless its key was seen. */
  private async once(
    { isMutation, key: keyed }: OperationDescription,
    { idempotencyKey: key, method, path }: LedgerEntry,
    body: Body,
    perform: () => Promise<Answer>,
  ): Promise<Answer> {
    const { keys } = this.parts;
    if (!isMutation || keyed === 'none' || key === undefined) return perform();
    const { answer: first, conflict } = keys.claim(key, `${method} ${path} ${body.fingerprint}`);
    if (conflict) throw new Refusal(conflict === 'idempotency_in_flight' ? 409 : 422, conflict);
    if (first) return first;
    try {
      const answer = await perform();
      keys.settle(key, answer);
      return answer;
    } catch (error) {
      // Only the request that claimed the key may give it up.
      keys.drop(key);
      throw error;
    }
  }
}
