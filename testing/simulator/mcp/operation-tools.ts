import { toToolResult, type SimulatedTool } from './tools';

/** The API request that a tool call makes. */
export interface ServiceRequest {
  method: 'GET' | 'POST';
  /** Path of dialect v2, with its parameters filled in. */
  path: string;
  query: Record<string, string>;
  body?: Record<string, unknown>;
  idempotencyKey?: string;
}

export interface ServiceResponse {
  status: number;
  body: unknown;
}

/** An operation as a tool. The tool's arguments are the path and query parameters and the body fields, by wire names. */
interface ToolOperation {
  name: string;
  method: 'GET' | 'POST';
  path: string;
  query?: string[];
  /** JSON Schema of each field. */
  body?: Record<string, unknown>;
  required?: string[];
}

const textSchema = { type: 'string' };
const PAGE_PARAMETERS = ['limit', 'offset'];

/** The names are the operationIds of the published document. */
const TOOL_OPERATIONS: ToolOperation[] = [
  {
    name: 'startRun',
    method: 'POST',
    path: '/v2/teams/{teamId}/runs',
    body: { agent_id: textSchema, message: textSchema, sandbox_id: textSchema, webhook_url: textSchema },
    required: ['agent_id'],
  },
  { name: 'getRun', method: 'GET', path: '/v2/runs/{run_id}' },
  {
    name: 'listRuns',
    method: 'GET',
    path: '/v2/teams/{teamId}/runs',
    query: [...PAGE_PARAMETERS, 'status', 'agent_id', 'since'],
  },
  { name: 'listAgents', method: 'GET', path: '/v2/teams/{teamId}/agents', query: PAGE_PARAMETERS },
  {
    name: 'createCases',
    method: 'POST',
    path: '/v2/queues/{queue_id}/cases',
    body: { cases: { type: 'array', items: { type: 'object' }, minItems: 1 } },
    required: ['cases'],
  },
  { name: 'getCase', method: 'GET', path: '/v2/cases/{case_id}' },
];

/** Creates the tools for the operations. A refused request becomes a result with `isError`. */
export function createOperationTools(
  teamId: string,
  perform: (request: ServiceRequest) => ServiceResponse | Promise<ServiceResponse>,
): SimulatedTool[] {
  return TOOL_OPERATIONS.map((operation) => {
    const { name, method, query = [], body = {}, required = [] } = operation;
    const path = operation.path.replace('{teamId}', encodeURIComponent(teamId));
    const ids = [...path.matchAll(/\{(\w+)\}/g)].map(([, id = '']) => id);
    return {
      name,
      inputSchema: {
        type: 'object',
        properties: {
          ...Object.fromEntries(ids.map((id) => [id, textSchema])),
          ...Object.fromEntries(query.map((field) => [field, { type: ['string', 'number'] }])),
          ...body,
        },
        required: [...ids, ...required],
        additionalProperties: false,
      },
      run: async (args, { idempotencyKey }) => {
        const pickDefined = (names: string[]) =>
          Object.entries(args).filter(([field, value]) => names.includes(field) && value !== undefined);
        const answer = await perform({
          method,
          path: path.replace(/\{(\w+)\}/g, (_, id: string) => encodeURIComponent(String(args[id]))),
          query: Object.fromEntries(pickDefined(query).map(([field, value]) => [field, String(value)])),
          ...(method === 'POST' && { body: Object.fromEntries(pickDefined(Object.keys(body))), idempotencyKey }),
        });
        return toToolResult(answer.body as Record<string, unknown>, answer.status >= 400);
      },
    };
  });
}
