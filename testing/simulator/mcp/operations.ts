import { outcome, type SimulatedTool } from './tools';

/** A request to the service as a tool makes it: what the same request by HTTP would be. */
export interface ServiceRequest {
  method: 'GET' | 'POST';
  /** Dialect v2, filled in. */
  path: string;
  query: Record<string, string>;
  body?: Record<string, unknown>;
  idempotencyKey?: string;
}

export interface ServiceAnswer {
  status: number;
  body: unknown;
}

/** An operation: its arguments are what stands in its path and query, and the fields of its body, by their wire names. */
interface ToolOperation {
  name: string;
  method: 'GET' | 'POST';
  path: string;
  query?: string[];
  /** JSON Schema of each field. */
  body?: Record<string, unknown>;
  required?: string[];
}

const text = { type: 'string' };
const PAGE = ['limit', 'offset'];

/** Named by the operationIds of the published document. */
const OPERATIONS: ToolOperation[] = [
  {
    name: 'startRun',
    method: 'POST',
    path: '/v2/teams/{teamId}/runs',
    body: { agent_id: text, message: text, sandbox_id: text, webhook_url: text },
    required: ['agent_id'],
  },
  { name: 'getRun', method: 'GET', path: '/v2/runs/{run_id}' },
  { name: 'listRuns', method: 'GET', path: '/v2/teams/{teamId}/runs', query: [...PAGE, 'status', 'agent_id', 'since'] },
  { name: 'listAgents', method: 'GET', path: '/v2/teams/{teamId}/agents', query: PAGE },
  {
    name: 'createCases',
    method: 'POST',
    path: '/v2/queues/{queue_id}/cases',
    body: { cases: { type: 'array', items: { type: 'object' }, minItems: 1 } },
    required: ['cases'],
  },
  { name: 'getCase', method: 'GET', path: '/v2/cases/{case_id}' },
];

/** The tools that are operations of the service. What it refuses is a result with `isError`. */
export function operationTools(
  teamId: string,
  perform: (request: ServiceRequest) => ServiceAnswer | Promise<ServiceAnswer>,
): SimulatedTool[] {
  return OPERATIONS.map((operation) => {
    const { name, method, query = [], body = {}, required = [] } = operation;
    const path = operation.path.replace('{teamId}', encodeURIComponent(teamId));
    const ids = [...path.matchAll(/\{(\w+)\}/g)].map(([, id = '']) => id);
    return {
      name,
      inputSchema: {
        type: 'object',
        properties: {
          ...Object.fromEntries(ids.map((id) => [id, text])),
          ...Object.fromEntries(query.map((field) => [field, { type: ['string', 'number'] }])),
          ...body,
        },
        required: [...ids, ...required],
        additionalProperties: false,
      },
      run: async (given, { idempotencyKey }) => {
        const pick = (names: string[]) =>
          Object.entries(given).filter(([field, value]) => names.includes(field) && value !== undefined);
        const answer = await perform({
          method,
          path: path.replace(/\{(\w+)\}/g, (_, id: string) => encodeURIComponent(String(given[id]))),
          query: Object.fromEntries(pick(query).map(([field, value]) => [field, String(value)])),
          ...(method === 'POST' && { body: Object.fromEntries(pick(Object.keys(body))), idempotencyKey }),
        });
        return outcome(answer.body as Record<string, unknown>, answer.status >= 400);
      },
    };
  });
}
