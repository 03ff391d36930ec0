/**
 * The wire shapes of dialect `v1`, the API reference under `/v1`. Where the reference does not define a body, the shape of the
 * published v2 document is used. A response must have only the fields that the library needs.
 */
import { z } from 'zod';
import { DEFAULT_MESSAGES_PER_PAGE } from '../model/limits';
import { ContractViolation, isObject, noObjectProblem } from '../model/operation';
import type { Dialect } from './dialect';
import { hostedToolOperations } from './hosted-tools';
import { parseWithSchema, toOptionalNumber, toOptionalString } from './parse-wire';
import { toAgent } from './read-agents';
import { toCase, toCaseBody } from './read-cases';
import { readRequestedRun, readRunView, type RunSchemas, toMessage, toRun, toRunsQuery } from './read-runs';
import { toSandbox } from './read-sandboxes';

const id = z.string().min(1);
const runSchema = z.looseObject({ id, status: z.string().min(1) });
const messageSchema = z.looseObject({ id });
const agentSchema = z.looseObject({ id });
const caseSchema = z.looseObject({ id, title: z.string(), status: z.string().min(1) });
const sandboxSchema = z.looseObject({ sandbox_id: id });
const successSchema = z.boolean();
const runRowsSchema = z.array(runSchema);
const messagesSchema = z.array(messageSchema);
const addedCasesSchema = z.array(caseSchema);

const runSchemas: RunSchemas = {
  run: runSchema,
  humanRequest: z.looseObject({
    id,
    type: z.string(),
    title: z.string(),
    questions: z
      .array(
        z.looseObject({
          question: z.string(),
          options: z.array(z.looseObject({ label: z.string() })).nullish(),
        }),
      )
      .nullish(),
  }),
};

export const v1: Dialect = {
  name: 'v1',
  allowsExtraFields: true,
  operations: {
    'agents.create': {
      method: 'POST',
      path: '/v1/agents',
      body: ({ name, sourceBuildId, build }) => ({ name, source_build_id: sourceBuildId, build }),
      read: (body) => ({
        // The response is `{agent, build?}`, or an agent without this envelope.
        agent: toAgent(parseWithSchema(agentSchema, 'agent' in body ? body['agent'] : body, 'agent')),
        ...(isObject(body['build']) && { build: body['build'] }),
      }),
    },

    /** Duvo answers `201`, or `202` when the run is accepted but not created yet. */
    'runs.start': {
      method: 'POST',
      path: '/v1/runs',
      body: ({ agentId, message, sandboxId, webhookUrl }) => ({
        agent_id: agentId,
        message,
        sandbox_id: sandboxId,
        webhook_url: webhookUrl,
      }),
      read: (body, { serverTime }) => {
        const view = readRunView(body, runSchemas, serverTime);
        if (view.run === null) throw new ContractViolation('run', noObjectProblem(null));
        return view;
      },
    },
    'runs.get': {
      method: 'GET',
      path: '/v1/runs/{run_id}',
      ids: ({ runId }) => ({ run_id: runId }),
      read: (body, { input, serverTime }) => readRequestedRun(body, input.runId, runSchemas, serverTime),
    },
    /** The reference does not have this operation, but the vendor's pages show it. */
    'runs.list': {
      method: 'GET',
      path: '/v1/runs',
      query: toRunsQuery,
      read: (body, { serverTime }) => {
        const at = body['data'] === undefined && body['runs'] !== undefined ? 'runs' : 'data';
        return {
          runs: parseWithSchema(runRowsSchema, body[at], at).map(toRun),
          total: toOptionalNumber(body['total']),
          serverTime,
        };
      },
    },
    'runs.messages': {
      method: 'GET',
      path: '/v1/runs/{run_id}/messages',
      ids: ({ runId }) => ({ run_id: runId }),
      query: ({ limit, offset }) => ({ limit, offset }),
      read: (body, { input }) => ({
        messages: parseWithSchema(messagesSchema, body['messages'], 'messages').map(toMessage),
        total: toOptionalNumber(body['total']),
        limit: toOptionalNumber(body['limit']) ?? input.limit ?? DEFAULT_MESSAGES_PER_PAGE,
        offset: toOptionalNumber(body['offset']) ?? input.offset ?? 0,
      }),
    },
    /** A message resumes a waiting, completed or interrupted run. */
    'runs.postMessage': {
      method: 'POST',
      path: '/v1/runs/{run_id}/messages',
      ids: ({ runId }) => ({ run_id: runId }),
      body: ({ text }) => ({ message: text }),
      read: (body) => toMessage(parseWithSchema(messageSchema, 'message' in body ? body['message'] : body, 'message')),
    },
    /** The run must be `waiting`. */
    'runs.respond': {
      method: 'POST',
      path: '/v1/runs/{run_id}/human-requests/{request_id}/respond',
      ids: ({ runId, requestId }) => ({ run_id: runId, request_id: requestId }),
      body: ({ answer }) => ({ ...answer }),
      mayBeEmpty: true,
      read: (body) => (isObject(body['human_request']) ? { humanRequest: body['human_request'] } : {}),
    },
    /** The request has no body. It has no effect on a run that is not running. */
    'runs.stop': {
      method: 'POST',
      path: '/v1/runs/{run_id}/stop',
      ids: ({ runId }) => ({ run_id: runId }),
      read: (body) => ({
        success: parseWithSchema(successSchema, body['success'], 'success'),
        message: toOptionalString(body['message']),
      }),
    },

    'cases.create': {
      method: 'POST',
      path: '/v1/queues/{queue_id}/cases',
      ids: ({ queueId }) => ({ queue_id: queueId }),
      // The API accepts either `case` or `cases`. The key `case` is listed so that no extra field can add it.
      body: ({ cases }) => ({ case: undefined, cases: cases.map(toCaseBody) }),
      read: (body) => parseWithSchema(addedCasesSchema, body['added_cases'], 'added_cases').map(toCase),
    },

    'sandboxes.create': {
      method: 'POST',
      path: '/v1/sandboxes',
      read: (body) => toSandbox(parseWithSchema(sandboxSchema, body, 'sandbox')),
    },

    ...hostedToolOperations('/v1/mcp'),
  },
};
