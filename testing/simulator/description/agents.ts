import { z } from 'zod';
import { writeSchedule } from '../resources/agent-schedules';
import { operation } from './operation';
import { flag, page } from './pages';

const data = z.strictObject({
  models: z.strictObject({
    agent: z.strictObject({ model: z.string() }),
    browsing: z.strictObject({ provider: z.enum(['google', 'anthropic']), model: z.string() }),
  }),
  input: z.union([z.string(), z.array(z.looseObject({ role: z.string(), content: z.unknown() }))]),
  files: z.array(z.string()).default([]),
  skills: z.array(z.string()).default([]),
  plugins: z.array(z.string()).default([]),
  subAgents: z.array(z.uuid()).default([]),
  options: z.looseObject({}).optional(),
});

const agent = {
  name: z.string().min(1),
  thread_id: z.uuid().nullish(),
  source_build_id: z.uuid().nullish(),
  automation_id: z.uuid().nullish(),
  build: z
    .strictObject({ name: z.string().min(1), config: z.strictObject({ version: z.literal('v2'), data }) })
    .optional(),
};

export const agentOperations = [
  operation({
    name: 'create-agent',
    operationId: 'createAgent',
    v1: 'POST /v1/agents',
    v2: 'POST /v2/teams/:team_id/agents',
    isMutation: true,
    // The reference of v1 leaves open what an agent is made from.
    body: { v1: z.looseObject(agent), v2: z.strictObject(agent) },
    status: 201,
    perform({ agents, ledger }, { body, entry }) {
      const created = agents.create(body.name, body.build);
      ledger.commit(entry, { agentId: created.id });
      return { agent: agents.write(created), ...(body.build && { build: agents.writeBuild(created) }) };
    },
  }),
  operation({
    name: 'get-agent',
    operationId: 'getAgent',
    v2: 'GET /v2/agents/:agent_id',
    perform: ({ agents }, { ids }) => ({
      agent: agents.write(agents.find(ids['agent_id'])),
      user_context: { pinned_at: null },
    }),
  }),
  operation({
    name: 'list-agents',
    operationId: 'listAgents',
    v2: 'GET /v2/teams/:team_id/agents',
    query: z.strictObject({ ...page(20, 100), include_schedules: flag.optional(), automation_id: z.uuid().optional() }),
    perform({ agents }, { query: { limit, offset } }) {
      const { listed } = agents;
      const rows = listed.slice(offset, offset + limit).map((one) => agents.writeRow(one));
      return { agents: rows, total: listed.length, limit, offset };
    },
  }),
  operation({
    name: 'agent-schedules',
    operationId: 'listAgentSchedules',
    v2: 'GET /v2/agents/:agent_id/schedules',
    perform: ({ agents }, { ids }) => ({ schedules: agents.find(ids['agent_id']).schedules.map(writeSchedule) }),
  }),
];
