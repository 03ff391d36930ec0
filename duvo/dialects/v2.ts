/** Dialect `v2`: how each operation is spelled under `/v2`. Its wire shapes are in `v2-shapes.ts`. */
import type { z } from 'zod';
import { hostedTools } from '../mcp/hosted-tools';
import type { JsonObject } from '../operation';
import { toAgent, toAgentSchedule } from './read-agents';
import { caseBody, toCase, toQueue } from './read-cases';
import { required } from './read';
import { answerBody, readRunView, runsQuery, toCaseRun, toMessage, toRun } from './read-runs';
import { toSandbox, toSandboxFile, toUploadedFile, toUploadUrl } from './read-sandboxes';
import type { Dialect } from './dialect';
import { answers, runSchemas } from './v2-shapes';

const placeOf = ({ total, limit, offset }: Record<'total' | 'limit' | 'offset', number>) => ({ total, limit, offset });

/** Checks a whole body: the path of what is wrong starts at its top. */
const whole = <T>(schema: z.ZodType<T>, body: JsonObject): T => required(schema, body, '');

/** @param teamId the team whose agents, runs and queues are meant (`DUVO_TEAM_ID`) */
export function v2(teamId: string): Dialect {
  const team = () => ({ teamId });
  return {
    name: 'v2',
    open: false,
    operations: {
      'agents.create': {
        method: 'POST',
        path: '/v2/teams/{teamId}/agents',
        ids: team,
        body: ({ name, sourceBuildId, build }) => ({ name, source_build_id: sourceBuildId, build }),
        read: (body) => {
          const made = whole(answers['agents.create'], body);
          return { agent: toAgent(made.agent), ...(made.build && { build: made.build }) };
        },
      },
      'agents.get': {
        method: 'GET',
        path: '/v2/agents/{agent_id}',
        ids: ({ agentId }) => ({ agent_id: agentId }),
        read: (body) => {
          const { agent: found, user_context } = whole(answers['agents.get'], body);
          return toAgent({ ...found, user_context });
        },
      },
      'agents.list': {
        method: 'GET',
        path: '/v2/teams/{teamId}/agents',
        ids: team,
        query: ({ limit, offset }) => ({ limit, offset }),
        read: (body) => {
          const page = whole(answers['agents.list'], body);
          return { agents: page.agents.map(toAgent), ...placeOf(page) };
        },
      },
      /** Not by `include_schedules` of the list: the document gives that no shape. */
      'agents.schedules': {
        method: 'GET',
        path: '/v2/agents/{agent_id}/schedules',
        ids: ({ agentId }) => ({ agent_id: agentId }),
        read: (body) => whole(answers['agents.schedules'], body).schedules.map(toAgentSchedule),
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
        read: (body, { serverTime }) => ({ run: toRun(whole(answers['runs.start'], body).run), serverTime }),
      },
      'runs.get': {
        method: 'GET',
        path: '/v2/runs/{run_id}',
        ids: ({ runId }) => ({ run_id: runId }),
        read: (body, { serverTime }) => readRunView(body, runSchemas, serverTime),
      },
      'runs.list': {
        method: 'GET',
        path: '/v2/teams/{teamId}/runs',
        ids: team,
        query: runsQuery,
        read: (body, { serverTime }) => {
          const { data, total } = whole(answers['runs.list'], body);
          return { runs: data.map(toRun), total, serverTime };
        },
      },
      'runs.messages': {
        method: 'GET',
        path: '/v2/runs/{run_id}/messages',
        ids: ({ runId }) => ({ run_id: runId }),
        query: ({ limit, offset }) => ({ limit, offset }),
        read: (body) => {
          const page = whole(answers['runs.messages'], body);
          return { messages: page.messages.map(toMessage), ...placeOf(page) };
        },
      },
      /** Resumes a waiting, completed or interrupted run. */
      'runs.postMessage': {
        method: 'POST',
        path: '/v2/runs/{run_id}/messages',
        ids: ({ runId }) => ({ run_id: runId }),
        body: ({ text: said }) => ({ message: said }),
        read: (body) => toMessage(whole(answers['runs.postMessage'], body).message),
      },
      /** Works only while the run is `waiting`. */
      'runs.respond': {
        method: 'POST',
        path: '/v2/runs/{run_id}/human-requests/{request_id}/respond',
        ids: ({ runId, requestId }) => ({ run_id: runId, request_id: requestId }),
        body: ({ answer }) => answerBody(answer),
        read: (body) => ({ humanRequest: whole(answers['runs.respond'], body).human_request }),
      },
      /** A no-op when the run is not running. Has no request body. */
      'runs.stop': {
        method: 'POST',
        path: '/v2/runs/{run_id}/stop',
        ids: ({ runId }) => ({ run_id: runId }),
        read: (body) => {
          const { success, message } = whole(answers['runs.stop'], body);
          return { success, message };
        },
      },

      'queues.get': {
        method: 'GET',
        path: '/v2/queues/{queue_id}',
        ids: ({ queueId }) => ({ queue_id: queueId }),
        read: (body) => toQueue(whole(answers['queues.get'], body).queue),
      },
      'queues.list': {
        method: 'GET',
        path: '/v2/teams/{teamId}/queues',
        ids: team,
        query: ({ limit, offset }) => ({ limit, offset }),
        read: (body) => {
          const page = whole(answers['queues.list'], body);
          return { queues: page.queues.map(toQueue), ...placeOf(page) };
        },
      },
      'cases.create': {
        method: 'POST',
        path: '/v2/queues/{queue_id}/cases',
        ids: ({ queueId }) => ({ queue_id: queueId }),
        body: ({ cases }) => ({ cases: cases.map(caseBody) }),
        read: (body) => whole(answers['cases.create'], body).added_cases.map(toCase),
      },
      'cases.get': {
        method: 'GET',
        path: '/v2/cases/{case_id}',
        ids: ({ caseId }) => ({ case_id: caseId }),
        read: (body) => {
          const view = whole(answers['cases.get'], body);
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
          const page = whole(answers['cases.list'], body);
          return { cases: page.cases.map(toCase), ...placeOf(page) };
        },
      },
      /** The newest first, at most 50. */
      'cases.runs': {
        method: 'GET',
        path: '/v2/cases/{case_id}/runs',
        ids: ({ caseId }) => ({ case_id: caseId }),
        read: (body) => whole(answers['cases.runs'], body).runs.map(toCaseRun),
      },

      'sandboxes.create': {
        method: 'POST',
        path: '/v2/sandboxes',
        read: (body) => toSandbox(whole(answers['sandboxes.create'], body)),
      },
      'sandboxes.createUploadUrl': {
        method: 'POST',
        path: '/v2/sandboxes/{sandbox_id}/upload-urls',
        ids: ({ sandboxId }) => ({ sandbox_id: sandboxId }),
        body: ({ path }) => ({ path }),
        read: (body) => toUploadUrl(whole(answers['sandboxes.createUploadUrl'], body)),
      },
      /** Up to 10 MB, as a multipart form; see `uploads.ts`. */
      'sandboxes.uploadFile': {
        method: 'POST',
        path: '/v2/sandboxes/{sandbox_id}/files',
        ids: ({ sandboxId }) => ({ sandbox_id: sandboxId }),
        body: ({ path }) => ({ path }),
        read: (body) => toUploadedFile(whole(answers['sandboxes.uploadFile'], body)),
      },
      'sandboxes.files': {
        method: 'GET',
        path: '/v2/sandboxes/{sandbox_id}/files',
        ids: ({ sandboxId }) => ({ sandbox_id: sandboxId }),
        query: ({ path }) => ({ path }),
        read: (body) => whole(answers['sandboxes.files'], body).files.map(toSandboxFile),
      },

      ...hostedTools('/v2/mcp'),
    },
  };
}
