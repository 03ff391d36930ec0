/** The operations of dialect `v2`, under `/v2`. The response schemas are in `v2-schemas.ts`. */
import type { z } from 'zod';
import type { JsonObject } from '../model/operation';
import type { Dialect } from './dialect';
import { hostedToolOperations } from './hosted-tools';
import { checkRequestedId, parseWithSchema } from './parse-wire';
import { toAgent, toAgentSchedule } from './read-agents';
import { toCase, toCaseBody, toQueue } from './read-cases';
import { readRequestedRun, toCaseRun, toMessage, toRun, toRunsQuery } from './read-runs';
import { toSandbox, toSandboxFile, toUploadedFile, toUploadUrl } from './read-sandboxes';
import { responseSchemas, runSchemas } from './v2-schemas';

const toPageInfo = ({ total, limit, offset }: Record<'total' | 'limit' | 'offset', number>) => ({
  total,
  limit,
  offset,
});

/** Checks a whole body. The path in an error starts at the top of the body. */
const parseBody = <T>(schema: z.ZodType<T>, body: JsonObject): T => parseWithSchema(schema, body, '');

/** @param teamId the team whose agents, runs and queues the operations use (`DUVO_TEAM_ID`) */
export function v2(teamId: string): Dialect {
  const team = () => ({ teamId });
  return {
    name: 'v2',
    allowsExtraFields: false,
    operations: {
      'agents.create': {
        method: 'POST',
        path: '/v2/teams/{teamId}/agents',
        ids: team,
        body: ({ name, sourceBuildId, build }) => ({ name, source_build_id: sourceBuildId, build }),
        read: (body) => {
          const created = parseBody(responseSchemas['agents.create'], body);
          return { agent: toAgent(created.agent), ...(created.build && { build: created.build }) };
        },
      },
      'agents.get': {
        method: 'GET',
        path: '/v2/agents/{agent_id}',
        ids: ({ agentId }) => ({ agent_id: agentId }),
        read: (body, { input }) => {
          const { agent: found, user_context } = parseBody(responseSchemas['agents.get'], body);
          checkRequestedId(found.id, input.agentId, 'agent.id');
          return toAgent({ ...found, user_context });
        },
      },
      'agents.list': {
        method: 'GET',
        path: '/v2/teams/{teamId}/agents',
        ids: team,
        query: ({ limit, offset }) => ({ limit, offset }),
        read: (body) => {
          const page = parseBody(responseSchemas['agents.list'], body);
          return { agents: page.agents.map(toAgent), ...toPageInfo(page) };
        },
      },
      /** The parameter `include_schedules` of the list is not used, because the document does not define its result. */
      'agents.schedules': {
        method: 'GET',
        path: '/v2/agents/{agent_id}/schedules',
        ids: ({ agentId }) => ({ agent_id: agentId }),
        read: (body) => parseBody(responseSchemas['agents.schedules'], body).schedules.map(toAgentSchedule),
      },

      'runs.start': {
        method: 'POST',
        path: '/v2/teams/{teamId}/runs',
        ids: team,
        body: ({ agentId, message, sandboxId, webhookUrl }) => ({
          agent_id: agentId,
          message,
          sandbox_id: sandboxId,
          webhook_url: webhookUrl,
        }),
        read: (body, { serverTime }) => ({
          run: toRun(parseBody(responseSchemas['runs.start'], body).run),
          serverTime,
        }),
      },
      'runs.get': {
        method: 'GET',
        path: '/v2/runs/{run_id}',
        ids: ({ runId }) => ({ run_id: runId }),
        read: (body, { input, serverTime }) => readRequestedRun(body, input.runId, runSchemas, serverTime),
      },
      'runs.list': {
        method: 'GET',
        path: '/v2/teams/{teamId}/runs',
        ids: team,
        query: toRunsQuery,
        read: (body, { serverTime }) => {
          const { data, total } = parseBody(responseSchemas['runs.list'], body);
          return { runs: data.map(toRun), total, serverTime };
        },
      },
      'runs.messages': {
        method: 'GET',
        path: '/v2/runs/{run_id}/messages',
        ids: ({ runId }) => ({ run_id: runId }),
        query: ({ limit, offset }) => ({ limit, offset }),
        read: (body) => {
          const page = parseBody(responseSchemas['runs.messages'], body);
          return { messages: page.messages.map(toMessage), ...toPageInfo(page) };
        },
      },
      /** A message resumes a waiting, completed or interrupted run. */
      'runs.postMessage': {
        method: 'POST',
        path: '/v2/runs/{run_id}/messages',
        ids: ({ runId }) => ({ run_id: runId }),
        body: ({ text }) => ({ message: text }),
        read: (body) => toMessage(parseBody(responseSchemas['runs.postMessage'], body).message),
      },
      /** The run must be `waiting`. */
      'runs.respond': {
        method: 'POST',
        path: '/v2/runs/{run_id}/human-requests/{request_id}/respond',
        ids: ({ runId, requestId }) => ({ run_id: runId, request_id: requestId }),
        body: ({ answer }) => ({ ...answer }),
        read: (body) => ({ humanRequest: parseBody(responseSchemas['runs.respond'], body).human_request }),
      },
      /** The request has no body. It has no effect on a run that is not running. */
      'runs.stop': {
        method: 'POST',
        path: '/v2/runs/{run_id}/stop',
        ids: ({ runId }) => ({ run_id: runId }),
        read: (body) => {
          const { success, message } = parseBody(responseSchemas['runs.stop'], body);
          return { success, message };
        },
      },

      'queues.get': {
        method: 'GET',
        path: '/v2/queues/{queue_id}',
        ids: ({ queueId }) => ({ queue_id: queueId }),
        read: (body, { input }) => {
          const { queue } = parseBody(responseSchemas['queues.get'], body);
          checkRequestedId(queue.id, input.queueId, 'queue.id');
          return toQueue(queue);
        },
      },
      'queues.list': {
        method: 'GET',
        path: '/v2/teams/{teamId}/queues',
        ids: team,
        query: ({ limit, offset }) => ({ limit, offset }),
        read: (body) => {
          const page = parseBody(responseSchemas['queues.list'], body);
          return { queues: page.queues.map(toQueue), ...toPageInfo(page) };
        },
      },
      'cases.create': {
        method: 'POST',
        path: '/v2/queues/{queue_id}/cases',
        ids: ({ queueId }) => ({ queue_id: queueId }),
        body: ({ cases }) => ({ cases: cases.map(toCaseBody) }),
        read: (body) => parseBody(responseSchemas['cases.create'], body).added_cases.map(toCase),
      },
      'cases.get': {
        method: 'GET',
        path: '/v2/cases/{case_id}',
        ids: ({ caseId }) => ({ case_id: caseId }),
        read: (body, { input }) => {
          const view = parseBody(responseSchemas['cases.get'], body);
          checkRequestedId(view.case.id, input.caseId, 'case.id');
          return { case: toCase(view.case), events: view.events, approvalBatches: view.approvalBatches };
        },
      },
      'cases.list': {
        method: 'GET',
        path: '/v2/queues/{queue_id}/cases',
        ids: ({ queueId }) => ({ queue_id: queueId }),
        query: ({ limit, offset, status, priority, search, createdFrom, updatedFrom }) => ({
          limit,
          offset,
          status,
          priority,
          search,
          created_at_from: createdFrom,
          updated_at_from: updatedFrom,
        }),
        read: (body) => {
          const page = parseBody(responseSchemas['cases.list'], body);
          return { cases: page.cases.map(toCase), ...toPageInfo(page) };
        },
      },
      /** The newest first, at most 50. */
      'cases.runs': {
        method: 'GET',
        path: '/v2/cases/{case_id}/runs',
        ids: ({ caseId }) => ({ case_id: caseId }),
        read: (body) => parseBody(responseSchemas['cases.runs'], body).runs.map(toCaseRun),
      },

      'sandboxes.create': {
        method: 'POST',
        path: '/v2/sandboxes',
        read: (body) => toSandbox(parseBody(responseSchemas['sandboxes.create'], body)),
      },
      'sandboxes.createUploadUrl': {
        method: 'POST',
        path: '/v2/sandboxes/{sandbox_id}/upload-urls',
        ids: ({ sandboxId }) => ({ sandbox_id: sandboxId }),
        body: ({ path }) => ({ path }),
        read: (body) => toUploadUrl(parseBody(responseSchemas['sandboxes.createUploadUrl'], body)),
      },
      /** For files of up to 10 MB, as a multipart form. `uploads/file-uploader.ts` builds the form. */
      'sandboxes.uploadFile': {
        method: 'POST',
        path: '/v2/sandboxes/{sandbox_id}/files',
        ids: ({ sandboxId }) => ({ sandbox_id: sandboxId }),
        body: ({ path }) => ({ path }),
        read: (body) => toUploadedFile(parseBody(responseSchemas['sandboxes.uploadFile'], body)),
      },
      'sandboxes.files': {
        method: 'GET',
        path: '/v2/sandboxes/{sandbox_id}/files',
        ids: ({ sandboxId }) => ({ sandbox_id: sandboxId }),
        query: ({ path }) => ({ path }),
        read: (body) => parseBody(responseSchemas['sandboxes.files'], body).files.map(toSandboxFile),
      },

      ...hostedToolOperations('/v2/mcp'),
    },
  };
}
