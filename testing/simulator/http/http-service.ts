import type { IncomingMessage, ServerResponse } from 'node:http';
import type { OperationDescription } from '../operations/operation';
import type { FaultEffect } from '../faults/fault-injector';
import type { LedgerEntry } from '../shared/ledger';
import { type HttpResponse, Refusal } from '../shared/refusal';
import { performOperation } from './perform-operation';
import { authorize } from './authorize';
import { refusalResponse } from './refusal-response';
import { readBody } from './read-body';
import { McpEndpoint } from './mcp-endpoint';
import { applyFault, sendWithFault } from './apply-fault';
import type { ServiceContext } from './service-context';
import type { RequestBody } from './request-body';
import { allowedMethods, type Route, findRoute } from './router';
import { readHeader } from './send';

/** Serves the API over HTTP: faults, rate limit, authorization, idempotency keys, then the operation. */
export class HttpService {
  readonly mcp: McpEndpoint;

  constructor(private readonly context: ServiceContext) {
    this.mcp = new McpEndpoint(context);
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? 'GET';
    const [path = '/', search = ''] = (request.url ?? '/').split('?');
    const isMcp = this.mcp.isMcpPath(path);
    const route = isMcp ? 404 : findRoute(method, path);
    const body = await readBody(request, typeof route === 'object' ? route.operation : undefined);
    const entry = this.addLedgerEntry(request, path, search, isMcp, route, body);
    const fault = await applyFault(this.context, entry, response);
    if (fault === 'over') return;
    const { headers, isOver } = this.context.rateLimit.take();
    if (isMcp && !isOver) return this.mcp.serve(request, response, entry, body.value, headers, fault);
    const answer = isOver
      ? refusalResponse(new Refusal(429, 'rate_limited'), path)
      : await this.processRequest(request, route, search, entry, body, fault?.effect);
    await sendWithFault(
      this.context,
      entry,
      response,
      { ...answer, headers: { ...headers, ...answer.headers } },
      fault,
    );
  }

  private addLedgerEntry(
    request: IncomingMessage,
    path: string,
    search: string,
    isMcp: boolean,
    route: Route | 404 | 405,
    { value }: RequestBody,
  ): LedgerEntry {
    const { workspace, ledger } = this.context;
    const { operation, ids } = typeof route === 'object' ? route : { ids: {} as Record<string, string> };
    const { run_id: runId, request_id: requestId } = ids;
    const requestedAgentId = (value as { agent_id?: unknown } | null | undefined)?.agent_id;
    const namedAgentId = requestedAgentId ?? ids['agent_id'] ?? new URLSearchParams(search).get('agent_id');
    const agentId = runId === undefined ? namedAgentId : workspace.runs.agentIdOf(runId);
    const key = readHeader(request, 'idempotency-key');
    return ledger.add({
      operation: isMcp ? 'mcp' : (operation?.name ?? 'unknown'),
      method: request.method ?? 'GET',
      path,
      ...(runId !== undefined && { runId }),
      ...(typeof agentId === 'string' && { agentId }),
      ...(requestId !== undefined && { requestId }),
      ...(key !== undefined && { idempotencyKey: key }),
      // The body of a token request holds credentials, so the ledger does not keep it.
      ...(value !== undefined && operation?.name !== 'token' && { body: workspace.tokens.redact(value) }),
    });
  }

  private async processRequest(
    request: IncomingMessage,
    route: Route | 404 | 405,
    search: string,
    entry: LedgerEntry,
    body: RequestBody,
    fault: FaultEffect | undefined,
  ): Promise<HttpResponse> {
    const { workspace, origin } = this.context;
    const operation = typeof route === 'object' ? route.operation : undefined;
    try {
      if (operation?.access !== 'open') authorize(request, workspace.tokens, operation?.scope);
      if (route === 404) throw new Refusal(404, 'not_found');
      if (route === 405)
        throw new Refusal(405, 'method_not_allowed', undefined, { allow: allowedMethods(entry.path).join(', ') });
      this.checkRequest(request, route.operation, body);
      return await this.performOnce(route.operation, entry, body, () =>
        performOperation(workspace, {
          ...route,
          body: body.value,
          query: parseQuery(search),
          entry,
          fault,
          origin: origin(),
          authorization: readHeader(request, 'authorization'),
        }),
      );
    } catch (error) {
      if (error instanceof Refusal) return refusalResponse(error, entry.path);
      throw error;
    }
  }

  /** Checks the idempotency key and the format of the body. @throws Refusal */
  private checkRequest(request: IncomingMessage, operation: OperationDescription, body: RequestBody): void {
    const { isMutation, bodyType = 'json', keyRequirement = 'required' } = operation;
    if (isMutation && keyRequirement === 'required' && !readHeader(request, 'idempotency-key'))
      throw new Refusal(400, 'idempotency_key_required');
    if (body.refusal) throw body.refusal;
    if (bodyType !== 'json' || !isMutation || body.isEmpty) return;
    if (!readHeader(request, 'content-type')?.startsWith('application/json'))
      throw new Refusal(415, 'unsupported_media_type');
    if (body.value === undefined) throw new Refusal(422, 'malformed_json');
  }

  /** Performs the operation, or returns the first response when the idempotency key is a repeat. */
  private async performOnce(
    { isMutation, keyRequirement }: OperationDescription,
    { idempotencyKey: key, method, path }: LedgerEntry,
    body: RequestBody,
    perform: () => Promise<HttpResponse>,
  ): Promise<HttpResponse> {
    const { idempotencyKeys } = this.context;
    if (!isMutation || keyRequirement === 'none' || key === undefined) return perform();
    const { answer: firstAnswer, conflict } = idempotencyKeys.claim(key, `${method} ${path} ${body.fingerprint}`);
    if (conflict) throw new Refusal(conflict === 'idempotency_in_flight' ? 409 : 422, conflict);
    if (firstAnswer) return firstAnswer;
    try {
      const answer = await perform();
      idempotencyKeys.storeAnswer(key, answer);
      return answer;
    } catch (error) {
      // Only the request that claimed the key may drop it.
      idempotencyKeys.drop(key);
      throw error;
    }
  }
}

/** Parses the query. A repeated parameter is refused, because only one of its values would have an effect. */
function parseQuery(search: string): Record<string, string> {
  const query: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(search)) {
    if (name in query) throw new Refusal(422, 'validation_failed', [{ field: name, code: 'repeated' }]);
    query[name] = value;
  }
  return query;
}
