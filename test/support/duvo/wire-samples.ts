/** Response bodies in the shape of the published API document, each with the model that the client returns. */
export * from './wire-samples-cases';

export const agent = {
  id: 'a1',
  name: 'Reader',
  slack_enabled: null,
  microsoft_teams_enabled: false,
  agentic_memory_enabled: true,
  team_id: 'team-1',
  thread_id: null,
  created_at: '2026-01-01T00:00:00Z',
  updated_at: null,
  x_new: 1,
};

export const parsedAgent = {
  id: 'a1',
  name: 'Reader',
  teamId: 'team-1',
  createdAt: '2026-01-01T00:00:00Z',
  unknownFields: {
    slack_enabled: null,
    microsoft_teams_enabled: false,
    agentic_memory_enabled: true,
    thread_id: null,
    x_new: 1,
  },
};

const agentRowFields = {
  pinned_at: null,
  last_run_at: '2026-01-03T00:00:00Z',
  latest_build: null,
  integration_configs: [{ id: 'i' }],
  user_triggers: { slack_mention: true },
  case_trigger_enabled: false,
  case_trigger_has_conflict: false,
  case_trigger_conflicting_agents: [],
  case_queue_name: null,
};
export const agentRow = { ...agent, ...agentRowFields };
export const parsedAgentRow = { ...parsedAgent, unknownFields: { ...parsedAgent.unknownFields, ...agentRowFields } };

const agentScheduleFields = {
  build_id: 'b1',
  user_id: 'u1',
  time: '02:00',
  day: null,
  day_of_month: null,
  source: null,
  task: null,
  recurring: true,
  auto_disabled_at: null,
  auto_disabled_reason: null,
  consecutive_missing_connection_failures: 0,
  first_missing_connection_failure_at: null,
  last_missing_connection_failure_at: null,
  x_new: 1,
};
export const agentSchedule = {
  id: 'd1',
  agent_id: 'a1',
  enabled: true,
  frequency: 'daily',
  cron: null,
  timezone: 'Europe/Prague',
  created_at: '2026-01-01T00:00:00Z',
  updated_at: '2026-01-02T00:00:00Z',
  ...agentScheduleFields,
};
export const parsedAgentSchedule = {
  id: 'd1',
  agentId: 'a1',
  enabled: true,
  frequency: 'daily',
  timeZone: 'Europe/Prague',
  createdAt: '2026-01-01T00:00:00Z',
  updatedAt: '2026-01-02T00:00:00Z',
  unknownFields: agentScheduleFields,
};

export const build = {
  id: 'b1',
  copilot_id: 'a1',
  agent_id: 'a1',
  name: 'B',
  config: { version: 'v2', data: {} },
  status: 'live',
  revision_number: 1,
  parent_build_id: null,
  created_by: null,
  created_at: null,
  updated_at: null,
};

export const run = {
  id: 'r1',
  agent_id: 'a1',
  build_id: 'b1',
  status: 'running',
  source: 'api',
  sandbox_id: null,
  started_at: '2026-01-01T00:00:01Z',
  completed_at: null,
  created_at: '2026-01-01T00:00:00Z',
  updated_at: '2026-01-01T00:00:02Z',
  human_in_the_loop_enabled: true,
  x_new: [1],
};

export const parsedRun = {
  id: 'r1',
  agentId: 'a1',
  status: 'running',
  source: 'api',
  startedAt: '2026-01-01T00:00:01Z',
  createdAt: '2026-01-01T00:00:00Z',
  updatedAt: '2026-01-01T00:00:02Z',
  unknownFields: { build_id: 'b1', human_in_the_loop_enabled: true, x_new: [1] },
};

const runRowFields = {
  title: 'Invoice',
  run_number: 3,
  agent_name: 'Reader',
  user_id: null,
  case_queue_item_id: 'c1',
  case_queue_id: 'q1',
  case_queue_name: 'Invoices',
  case_title: '4711',
  postponed_to: null,
  submitted_prompt_count: 2,
};
const { human_in_the_loop_enabled: _, ...row } = run;
export const runRow = { ...row, ...runRowFields };
export const parsedRunRow = { ...parsedRun, unknownFields: { build_id: 'b1', x_new: [1], ...runRowFields } };

export const humanRequest = {
  id: 'q1',
  title: 'Post?',
  description: null,
  created_at: '2026-01-01T00:00:03Z',
  type: 'signature',
  questions: [{ question: 'Which?', header: 'H', options: [{ label: 'a', description: 'A' }], multi_select: true }],
  x_new: 'kept',
};

export const parsedHumanRequest = {
  id: 'q1',
  title: 'Post?',
  createdAt: '2026-01-01T00:00:03Z',
  type: 'unknown',
  questions: [{ question: 'Which?', header: 'H', options: [{ label: 'a', description: 'A' }], multiSelect: true }],
  unknownFields: { type: 'signature', x_new: 'kept' },
};

export const humanResponse = {
  id: 'q1',
  run_id: 'r1',
  title: 'Post?',
  description: null,
  response: 'a,b',
  responded_at: '2026-01-01T00:00:04Z',
  created_at: '2026-01-01T00:00:03Z',
};

export const message = {
  id: 'm1',
  type: 'tool_use',
  role: 'assistant',
  timestamp: '2026-01-01T00:00:05Z',
  text_content: 'Hi',
  tool_call: { id: 't1', name: 'lookup', arguments: { a: 1 }, x_new: true },
  tool_result: { tool_call_id: 't1', result: null, error: 'e' },
  files: [{ name: 'f' }],
};

export const parsedMessage = {
  id: 'm1',
  type: 'tool_use',
  role: 'assistant',
  timestamp: '2026-01-01T00:00:05Z',
  text: 'Hi',
  toolCall: { id: 't1', name: 'lookup', arguments: { a: 1 } },
  toolResult: { toolCallId: 't1', result: null, error: 'e' },
  unknownFields: { files: [{ name: 'f' }], tool_call: message.tool_call },
};
