import { z } from 'zod';
import { scheduleToWire } from '../resources/agent-schedules';
import { defineOperation } from './operation';
import { booleanTextSchema, pageFields } from './query-fields';

/** A list of a build, which the response always has. The document allows null for it in requests and responses. */
const nullableListOf = <T extends z.ZodType>(item: T) => z.array(item).nullable().default([]);

const buildDataSchema = z.strictObject({
  models: z.strictObject({
    agent: z.strictObject({ model: z.string() }),
    browsing: z.strictObject({ provider: z.enum(['google', 'anthropic']), model: z.string() }),
  }),
  input: z.union([z.string(), z.array(z.looseObject({ role: z.string(), content: z.unknown() }))]),
  files: nullableListOf(z.string()),
  skills: nullableListOf(z.string()),
  plugins: nullableListOf(z.string()),
  subAgents: nullableListOf(z.uuid()),
  options: z.looseObject({}).optional(),
});

const createAgentFields = {
  name: z.string().min(1),
  thread_id: z.uuid().nullish(),
  source_build_id: z.uuid().nullish(),
  automation_id: z.uuid().nullish(),
  build: z
    .strictObject({
      name: z.string().min(1),
      config: z.strictObject({ version: z.literal('v2'), data: buildDataSchema }),
    })
    .optional(),
};

export const agentOperations = [
  defineOperation({
    name: 'create-agent',
    operationId: 'createAgent',
    v1: 'POST /v1/agents',
    v2: 'POST /v2/teams/:team_id/agents',
    isMutation: true,
    // The reference of v1 does not list the fields of a new agent, so v1 accepts unknown fields.
    body: { v1: z.looseObject(createAgentFields), v2: z.strictObject(createAgentFields) },
    status: 201,
    perform({ agents, ledger }, { body, entry }) {
      const { name, build, thread_id: threadId, automation_id: automationId } = body;
      const created = agents.create(name, { build, threadId, automationId });
      ledger.markCommitted(entry, { agentId: created.id });
      return { agent: agents.agentToWire(created), ...(body.build && { build: agents.buildToWire(created) }) };
    },
  }),
  defineOperation({
    name: 'get-agent',
    operationId: 'getAgent',
    v2: 'GET /v2/agents/:agent_id',
    perform: ({ agents }, { ids }) => ({
      agent: agents.agentToWire(agents.find(ids['agent_id'])),
      user_context: { pinned_at: null },
    }),
  }),
  defineOperation({
    name: 'list-agents',
    operationId: 'listAgents',
    v2: 'GET /v2/teams/:team_id/agents',
    query: z.strictObject({
      ...pageFields(20, 100),
      include_schedules: booleanTextSchema.optional(),
      automation_id: z.uuid().optional(),
    }),
    perform({ agents }, { query: { limit, offset, include_schedules: schedules, automation_id: automationId } }) {
      const found = agents.list(automationId);
      const page = found.slice(offset, offset + limit);
      const rows = page.map((one) => agents.rowToWire(one, { withSchedules: schedules === 'true' }));
      return { agents: rows, total: found.length, limit, offset };
    },
  }),
  defineOperation({
    name: 'agent-schedules',
    operationId: 'listAgentSchedules',
    v2: 'GET /v2/agents/:agent_id/schedules',
    perform: ({ agents }, { ids }) => ({ schedules: agents.find(ids['agent_id']).schedules.map(scheduleToWire) }),
  }),
];
