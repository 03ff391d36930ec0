/**
 * The response schemas of dialect `v2`, from the published OpenAPI document "Duvo Public API" under `/v2`. The schemas require
 * the fields that the document requires, one level deep in each resource. Deeper parts that the library does not use are passed
 * on unchecked. Statuses and other enumerations are read as free text, since the document itself contradicts itself about them.
 */
import { z } from 'zod';
import { approvalBatch, caseEvent, caseRun, caseSchema, queue } from './v2-case-schemas';
import { humanRequest, humanResponse, message, run, runRow } from './v2-run-schemas';
import { anyObject, flag, id, nullable, number, text } from './v2-schema-parts';

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

const sandbox = z.looseObject({ sandbox_id: id, expires_at: text });
const uploadUrl = z.looseObject({ upload_url: z.url(), path: text, expires_in_seconds: number });
const uploadedFile = z.looseObject({ path: text, size_bytes: number });
const sandboxFile = z.looseObject({ name: text, path: text, type: text, size_bytes: number });

const pageFields = { limit: number, offset: number, total: number };
const pageSchema = <K extends string, T>(key: K, row: z.ZodType<T>) =>
  z.looseObject({ [key]: z.array(row), ...pageFields } as Record<K, z.ZodArray<z.ZodType<T>>> & {
    [N in keyof typeof pageFields]: z.ZodNumber;
  });

/** The schema of the whole response of each operation. `runs.get` is checked in `read-runs.ts`, because its run may be `null`. */
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
