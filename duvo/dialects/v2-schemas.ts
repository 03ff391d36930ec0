/**
 * The wire shapes of dialect `v2`: the published OpenAPI document "Duvo Public API" under `/v2`. What the document
 * requires of an answer is required here, one level deep in each resource; what lies deeper and is not read by the library
 * is passed on as it is. Statuses and other enumerations are read as free text, since the document itself differs over
 * them.
 */
import { z } from 'zod';

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

const agentSchedule = z.looseObject({
  id,
  build_id: text,
  agent_id: text,
  user_id: text,
  enabled: flag,
  frequency: text,
  time: nullable(text),
  timezone: text,
  day: nullable(text),
  day_of_month: nullable(number),
  cron: nullable(text),
  source: nullable(text),
  task: nullable(text),
  recurring: nullable(flag),
  auto_disabled_at: nullable(text),
  auto_disabled_reason: nullable(text),
  consecutive_missing_connection_failures: number,
  first_missing_connection_failure_at: nullable(text),
  last_missing_connection_failure_at: nullable(text),
  created_at: text,
  updated_at: text,
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

const pageFields = { limit: number, offset: number, total: number };
const pageSchema = <K extends string, T>(key: K, row: z.ZodType<T>) =>
  z.looseObject({ [key]: z.array(row), ...pageFields } as Record<K, z.ZodArray<z.ZodType<T>>> & {
    [N in keyof typeof pageFields]: z.ZodNumber;
  });

/** What the answer of each operation must have, from its top. A run is looked at apart: it may be `null`. */
export const responseSchemas = {
  'agents.create': z.looseObject({ agent, build: build.optional() }),
  'agents.get': z.looseObject({ agent, user_context: z.looseObject({ pinned_at: nullable(text) }) }),
  'agents.list': pageSchema('agents', agentRow),
  'agents.schedules': z.looseObject({ schedules: z.array(agentSchedule) }),
  'runs.start': z.looseObject({ run }),
  'runs.list': z.looseObject({ data: z.array(runRow), total: number }),
  'runs.messages': pageSchema('messages', message),
  'runs.postMessage': z.looseObject({ message: message.extend({ text_content: text }) }),
  'runs.respond': z.looseObject({ human_request: humanResponse }),
  'runs.stop': z.looseObject({ success: flag, message: text.optional() }),
  'queues.get': z.looseObject({ queue }),
  'queues.list': pageSchema('queues', queue),
  'cases.create': z.looseObject({ added_cases: z.array(caseSchema) }),
  'cases.get': z.looseObject({
    case: caseSchema,
    events: z.array(caseEvent),
    approvalBatches: z.array(approvalBatch),
  }),
  'cases.list': pageSchema('cases', caseSchema),
  'cases.runs': z.looseObject({ runs: z.array(caseRun) }),
  'sandboxes.create': sandbox,
  'sandboxes.createUploadUrl': uploadUrl,
  'sandboxes.uploadFile': uploadedFile,
  'sandboxes.files': z.looseObject({ files: z.array(sandboxFile) }),
};

export const runSchemas = { run, humanRequest };
