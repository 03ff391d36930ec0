/**
 * The wire shapes of dialect `v2`: the published OpenAPI document "Duvo Public API" under `/v2`. What the document
 * requires of an answer is required here, one level deep; what lies deeper and is not read by the library is passed on as
 * it is. Statuses and other enumerations are read as free text, since the document itself differs over them.
 */
import { z } from 'zod';
import { hostedTools } from '../hosted-tools';
import type { JsonObject } from '../operation';
import { toAgent } from '../wire/agents';
import { caseBody, toCase, toQueue } from '../wire/cases';
import { required } from '../wire/read';
import { answerBody, readRunView, toCaseRun, toMessage, toRun } from '../wire/runs';
import { toSandbox, toSandboxFile, toUploadedFile, toUploadUrl } from '../wire/sandboxes';
import type { Dialect } from './dialect';

const text = z.string();
const id = text.min(1);
const number = z.number();
const flag = z.boolean();
const nullable = <T>(schema: z.ZodType<T>) => schema.nullable();
const anyObject = z.looseObject({});

const run = z.looseObject({
  id,
  agent_id: text,
  build_id: text,
  status: text,
  source: nullable(text),
  sandbox_id: nullable(text),
  started_at: nullable(text),
  completed_at: nullable(text),
  created_at: text,
  updated_at: text,
  human_in_the_loop_enabled: flag,
});

const humanRequest = z.looseObject({
  id,
  title: text,
  description: nullable(text),
  created_at: text,
  type: text,
  questions: z
    .array(
      z.looseObject({
        question: text,
        header: text.optional(),
        options: z.array(z.looseObject({ label: text, description: text.optional() })).optional(),
        multi_select: flag.optional(),
      }),
    )
    .optional(),
});

const humanResponse = z.looseObject({
  id,
  run_id: text,
  title: text,
  description: nullable(text),
  response: nullable(text),
  responded_at: nullable(text),
  created_at: text,
});

/** A row of the list is another shape than a run. */
const runRow = z.looseObject({
  id,
  created_at: text,
  updated_at: text,
  started_at: nullable(text),
  completed_at: nullable(text),
  status: text,
  source: nullable(text),
  title: text,
  run_number: number,
  agent_id: text,
  agent_name: text,
  build_id: text,
  user_id: nullable(text),
  case_queue_item_id: nullable(text),
  case_queue_id: nullable(text),
  case_queue_name: nullable(text),
  case_title: nullable(text),
  postponed_to: nullable(text),
  submitted_prompt_count: number,
});

const message = z.looseObject({
  id: text,
  type: text,
  role: text,
  timestamp: text,
  text_content: text.optional(),
  tool_call: z.looseObject({ id: text, name: text }).optional(),
  tool_result: z.looseObject({ tool_call_id: text, error: text.optional() }).optional(),
});

const agent = z.looseObject({
  id,
  name: text,
  slack_enabled: nullable(flag),
  microsoft_teams_enabled: nullable(flag),
  agentic_memory_enabled: nullable(flag),
  team_id: nullable(text),
  thread_id: nullable(text),
  created_at: nullable(text),
  updated_at: nullable(text),
});

const build = z.looseObject({
  id,
  copilot_id: text,
  agent_id: text,
  name: text,
  config: anyObject,
  status: nullable(text),
  revision_number: nullable(number),
  parent_build_id: nullable(text),
  created_by: nullable(text),
  created_at: nullable(text),
  updated_at: nullable(text),
});

const createdAgent = z.looseObject({ agent, build: build.optional() });
const agentView = z.looseObject({ agent, user_context: z.looseObject({ pinned_at: nullable(text) }) });

const agentRow = agent.extend({
  pinned_at: nullable(text),
  last_run_at: nullable(text),
  latest_build: nullable(anyObject),
  integration_configs: z.array(anyObject),
  user_triggers: anyObject,
  case_trigger_enabled: flag,
  case_trigger_has_conflict: flag,
  case_trigger_conflicting_agents: z.array(anyObject),
  case_queue_name: nullable(text),
});

const queue = z.looseObject({
  id,
  name: text,
  description: nullable(text),
  folder_id: nullable(text),
  created_at: text,
  has_approvals: flag,
});

const caseSchema = z.looseObject({
  id,
  queue_id: text,
  title: text,
  data: text,
  status: text,
  priority: text,
  display_status: text,
  claimed_at: nullable(text),
  claimed_by_run_id: nullable(text),
  completed_at: nullable(text),
  postponed_to: nullable(text),
  created_at: text,
  updated_at: text,
  created_by_user_id: nullable(text),
  created_by_user_name: nullable(text),
  created_by_user_email: nullable(text),
  agent_run_status: nullable(text),
  agent_run_user_id: nullable(text),
  pending_human_request_id: nullable(text),
  pending_approval_batch_id: nullable(text),
  pending_approval_assignee_user_ids: z.array(text),
  approval_approved_count: number,
  approval_rejected_count: number,
  labels: z.array(z.looseObject({ id: text, key: text, value: text, color_hue: number })),
});

const caseEvent = z.looseObject({
  id,
  case_queue_item_id: text,
  agent_run_id: nullable(text),
  human_request_id: nullable(text),
  type: text,
  reason: nullable(text),
  created_at: text,
  agent_id: nullable(text),
  agent_name: nullable(text),
  user_id: nullable(text),
  user_name: nullable(text),
  user_email: nullable(text),
  human_request_title: nullable(text),
});

const approvalBatch = z.looseObject({
  id,
  case_queue_item_id: text,
  agent_run_id: text,
  title: text,
  created_at: text,
  resolved_at: nullable(text),
  cancelled_at: nullable(text),
  cancellation_reason: nullable(text),
  rows: z.array(anyObject),
});

const caseView = z.looseObject({
  case: caseSchema,
  events: z.array(caseEvent),
  approvalBatches: z.array(approvalBatch),
});

const caseRun = z.looseObject({
  id,
  case_queue_item_id: text,
  agent_id: text,
  agent_name: text,
  status: text,
  source: nullable(text),
  created_at: text,
  started_at: nullable(text),
  completed_at: nullable(text),
  claimed_at: text,
  has_pending_human_request: flag,
  pending_human_request_title: nullable(text),
  evaluation: anyObject,
  user_id: nullable(text),
  user_name: nullable(text),
  user_email: nullable(text),
});

const sandbox = z.looseObject({ sandbox_id: id, expires_at: text });
const uploadUrl = z.looseObject({ upload_url: z.url(), path: text, expires_in_seconds: number });
const uploadedFile = z.looseObject({ path: text, size_bytes: number });
const sandboxFile = z.looseObject({ name: text, path: text, type: text, size_bytes: number });
const runSchemas = { run, humanRequest };

const limited = { limit: number, offset: number, total: number };
const pageOf = <K extends string, T>(key: K, row: z.ZodType<T>) =>
  z.looseObject({ [key]: z.array(row), ...limited } as Record<K, z.ZodArray<z.ZodType<T>>> & {
    [N in keyof typeof limited]: z.ZodNumber;
  });

const placeOf = ({ total, limit, offset }: Record<keyof typeof limited, number>) => ({ total, limit, offset });

const pages = {
  agents: pageOf('agents', agentRow),
  queues: pageOf('queues', queue),
  cases: pageOf('cases', caseSchema),
  messages: pageOf('messages', message),
};
const runRows = z.looseObject({ data: z.array(runRow), total: number });
const postedMessage = message.extend({ text_content: text });

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
          const made = whole(createdAgent, body);
          return { agent: toAgent(made.agent), ...(made.build && { build: made.build }) };
        },
      },
      'agents.get': {
        method: 'GET',
        path: '/v2/agents/{agent_id}',
        ids: ({ agentId }) => ({ agent_id: agentId }),
        read: (body) => {
          const { agent: found, user_context } = whole(agentView, body);
          return toAgent({ ...found, user_context });
        },
      },
      'agents.list': {
        method: 'GET',
        path: '/v2/teams/{teamId}/agents',
        ids: team,
        query: ({ limit, offset }) => ({ limit, offset }),
        read: (body) => {
          const page = whole(pages.agents, body);
          return { agents: page.agents.map(toAgent), ...placeOf(page) };
        },
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
        read: (body, { serverTime }) => ({ run: toRun(required(run, body['run'], 'run')), serverTime }),
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
        query: ({ limit, offset, status, agentId, since, search, source }) => ({
          limit,
          offset,
          status,
          agent_id: agentId,
          since,
          search,
          source,
        }),
        read: (body, { serverTime }) => {
          const { data, total } = whole(runRows, body);
          return { runs: data.map(toRun), total, serverTime };
        },
      },
      'runs.messages': {
        method: 'GET',
        path: '/v2/runs/{run_id}/messages',
        ids: ({ runId }) => ({ run_id: runId }),
        query: ({ limit, offset }) => ({ limit, offset }),
        read: (body) => {
          const page = whole(pages.messages, body);
          return { messages: page.messages.map(toMessage), ...placeOf(page) };
        },
      },
      /** Resumes a waiting, completed or interrupted run. */
      'runs.postMessage': {
        method: 'POST',
        path: '/v2/runs/{run_id}/messages',
        ids: ({ runId }) => ({ run_id: runId }),
        body: ({ text: said }) => ({ message: said }),
        read: (body) => toMessage(required(postedMessage, body['message'], 'message')),
      },
      /** Works only while the run is `waiting`. */
      'runs.respond': {
        method: 'POST',
        path: '/v2/runs/{run_id}/human-requests/{request_id}/respond',
        ids: ({ runId, requestId }) => ({ run_id: runId, request_id: requestId }),
        body: ({ answer }) => answerBody(answer),
        read: (body) => ({ humanRequest: required(humanResponse, body['human_request'], 'human_request') }),
      },
      /** A no-op when the run is not running. Has no request body. */
      'runs.stop': {
        method: 'POST',
        path: '/v2/runs/{run_id}/stop',
        ids: ({ runId }) => ({ run_id: runId }),
        read: (body) => ({
          success: required(flag, body['success'], 'success'),
          message: required(text.optional(), body['message'], 'message'),
        }),
      },

      'queues.get': {
        method: 'GET',
        path: '/v2/queues/{queue_id}',
        ids: ({ queueId }) => ({ queue_id: queueId }),
        read: (body) => toQueue(required(queue, body['queue'], 'queue')),
      },
      'queues.list': {
        method: 'GET',
        path: '/v2/teams/{teamId}/queues',
        ids: team,
        query: ({ limit, offset }) => ({ limit, offset }),
        read: (body) => {
          const page = whole(pages.queues, body);
          return { queues: page.queues.map(toQueue), ...placeOf(page) };
        },
      },
      'cases.create': {
        method: 'POST',
        path: '/v2/queues/{queue_id}/cases',
        ids: ({ queueId }) => ({ queue_id: queueId }),
        body: ({ cases }) => ({ cases: cases.map(caseBody) }),
        read: (body) => required(z.array(caseSchema), body['added_cases'], 'added_cases').map(toCase),
      },
      'cases.get': {
        method: 'GET',
        path: '/v2/cases/{case_id}',
        ids: ({ caseId }) => ({ case_id: caseId }),
        read: (body) => {
          const view = whole(caseView, body);
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
          const page = whole(pages.cases, body);
          return { cases: page.cases.map(toCase), ...placeOf(page) };
        },
      },
      /** The newest first, at most 50. */
      'cases.runs': {
        method: 'GET',
        path: '/v2/cases/{case_id}/runs',
        ids: ({ caseId }) => ({ case_id: caseId }),
        read: (body) => required(z.array(caseRun), body['runs'], 'runs').map(toCaseRun),
      },

      'sandboxes.create': {
        method: 'POST',
        path: '/v2/sandboxes',
        read: (body) => toSandbox(whole(sandbox, body)),
      },
      'sandboxes.createUploadUrl': {
        method: 'POST',
        path: '/v2/sandboxes/{sandbox_id}/upload-urls',
        ids: ({ sandboxId }) => ({ sandbox_id: sandboxId }),
        body: ({ path }) => ({ path }),
        read: (body) => toUploadUrl(whole(uploadUrl, body)),
      },
      /** Up to 10 MB, as a multipart form; see `uploads.ts`. */
      'sandboxes.uploadFile': {
        method: 'POST',
        path: '/v2/sandboxes/{sandbox_id}/files',
        ids: ({ sandboxId }) => ({ sandbox_id: sandboxId }),
        body: ({ path }) => ({ path }),
        read: (body) => toUploadedFile(whole(uploadedFile, body)),
      },
      'sandboxes.files': {
        method: 'GET',
        path: '/v2/sandboxes/{sandbox_id}/files',
        ids: ({ sandboxId }) => ({ sandbox_id: sandboxId }),
        query: ({ path }) => ({ path }),
        read: (body) => required(z.array(sandboxFile), body['files'], 'files').map(toSandboxFile),
      },

      ...hostedTools('/v2/mcp'),
    },
  };
}
