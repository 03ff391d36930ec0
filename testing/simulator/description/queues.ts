import { z } from 'zod';
import { Refusal } from '../refusal';
import { operation } from './operation';
import { order, page } from './pages';

const caseInput = {
  title: z.string().min(1).max(500),
  data: z.string().optional(),
  labels: z
    .array(z.strictObject({ key: z.string().default(''), value: z.string().min(1) }))
    .max(50)
    .optional(),
  priority: z.enum(['none', 'medium', 'high']).optional(),
};
const strictCase = z.strictObject(caseInput);
const looseCase = z.looseObject(caseInput);

/** The reference of v1 leaves open what else a case is made from. */
const casesBody = {
  v1: z.looseObject({ case: looseCase.optional(), cases: z.array(looseCase).min(1).max(100).optional() }),
  v2: z.strictObject({ case: strictCase.optional(), cases: z.array(strictCase).min(1).max(100).optional() }),
};

export const queueOperations = [
  operation({
    name: 'list-queues',
    operationId: 'listQueues',
    v2: 'GET /v2/teams/:team_id/queues',
    query: z.strictObject({ ...page(250, 250), automation_id: z.uuid().optional() }),
    perform({ queues, teamId }, { query: { limit, offset } }) {
      const rows = queues.all.slice(offset, offset + limit).map((queue) => queue.write(teamId));
      return { queues: rows, total: queues.all.length, limit, offset };
    },
  }),
  operation({
    name: 'get-queue',
    operationId: 'getQueue',
    v2: 'GET /v2/queues/:queue_id',
    perform: ({ queues, teamId }, { ids }) => ({ queue: queues.find(ids['queue_id']).write(teamId) }),
  }),
  operation({
    name: 'create-cases',
    operationId: 'createCases',
    v1: 'POST /v1/queues/:queue_id/cases',
    v2: 'POST /v2/queues/:queue_id/cases',
    scope: 'queues:write',
    isMutation: true,
    body: casesBody,
    status: 201,
    perform(world, { ids, body, entry }) {
      const queue = world.queues.find(ids['queue_id']);
      if ((body.case === undefined) === (body.cases === undefined)) throw new Refusal(400, 'case_or_cases');
      const added = (body.cases ?? [body.case]).flatMap((one) => (one ? [world.queues.addCase(queue, one)] : []));
      world.ledger.commit(entry);
      if (queue.agentId !== undefined) for (const one of added) world.claim(one, queue.agentId);
      return { added_cases: added.map((one) => one.write()) };
    },
  }),
  operation({
    name: 'get-case',
    operationId: 'getCase',
    v2: 'GET /v2/cases/:case_id',
    perform({ queues, agents }, { ids }) {
      const found = queues.findCase(ids['case_id']);
      const events = found.writeEvents((id) => agents.nameOf(id));
      return { case: found.write(), events, approvalBatches: [] };
    },
  }),
  operation({
    name: 'list-cases',
    operationId: 'listCases',
    v2: 'GET /v2/queues/:queue_id/cases',
    query: z.strictObject({
      ...page(20, 100),
      status: z.string().optional(),
      priority: z.string().optional(),
      search: z.string().optional(),
      created_at_from: z.string().optional(),
      updated_at_from: z.string().optional(),
      sort_by: z.enum(['created_at', 'updated_at', 'postponed_to']).optional(),
      sort_order: order.optional(),
    }),
    perform({ queues }, { ids, query: { limit, offset, ...filter } }) {
      const found = queues.find(ids['queue_id']).list(filter);
      const cases = found.slice(offset, offset + limit).map((one) => one.write());
      return { cases, total: found.length, limit, offset };
    },
  }),
  operation({
    name: 'case-runs',
    operationId: 'listCaseRuns',
    v2: 'GET /v2/cases/:case_id/runs',
    perform: ({ queues, agents }, { ids }) => ({
      runs: queues
        .findCase(ids['case_id'])
        .writeRuns((id) => agents.nameOf(id))
        .slice(0, 50),
    }),
  }),
];
