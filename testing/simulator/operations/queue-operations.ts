import { z } from 'zod';
import { Refusal } from '../shared/refusal';
import { defineOperation } from './operation';
import { listOfSchema, sortOrderSchema, pageFields, timestampSchema } from './query-fields';

const CASE_PRIORITIES = ['none', 'medium', 'high'] as const;
/** The statuses of the filter, which has `claimed` where a case's display status is `in_progress`. */
const CASE_STATUSES = ['pending', 'claimed', 'completed', 'failed', 'needs_input', 'postponed'] as const;

const caseFields = {
  title: z.string().min(1).max(500),
  data: z.string().optional(),
  labels: z
    .array(z.strictObject({ key: z.string().default(''), value: z.string().min(1) }))
    .max(50)
    .optional(),
  priority: z.enum(CASE_PRIORITIES).optional(),
};
const strictCaseSchema = z.strictObject(caseFields);
const looseCaseSchema = z.looseObject(caseFields);

/** The reference of v1 does not list all fields of a new case, so v1 accepts unknown fields. */
const createCasesBodySchema = {
  v1: z.looseObject({ case: looseCaseSchema.optional(), cases: z.array(looseCaseSchema).min(1).max(100).optional() }),
  v2: z.strictObject({
    case: strictCaseSchema.optional(),
    cases: z.array(strictCaseSchema).min(1).max(100).optional(),
  }),
};

export const queueOperations = [
  defineOperation({
    name: 'list-queues',
    operationId: 'listQueues',
    v2: 'GET /v2/teams/:team_id/queues',
    query: z.strictObject({ ...pageFields(250, 250), automation_id: z.uuid().optional() }),
    perform({ queues, teamId }, { query: { limit, offset, automation_id: automationId } }) {
      const found = queues.all.filter((queue) => !automationId || queue.automationId === automationId);
      const rows = found.slice(offset, offset + limit).map((queue) => queue.toWire(teamId));
      return { queues: rows, total: found.length, limit, offset };
    },
  }),
  defineOperation({
    name: 'get-queue',
    operationId: 'getQueue',
    v2: 'GET /v2/queues/:queue_id',
    perform: ({ queues, teamId }, { ids }) => ({ queue: queues.find(ids['queue_id']).toWire(teamId) }),
  }),
  defineOperation({
    name: 'create-cases',
    operationId: 'createCases',
    v1: 'POST /v1/queues/:queue_id/cases',
    v2: 'POST /v2/queues/:queue_id/cases',
    scope: 'queues:write',
    isMutation: true,
    body: createCasesBodySchema,
    status: 201,
    perform(workspace, { ids, body, entry }) {
      const queue = workspace.queues.find(ids['queue_id']);
      if ((body.case === undefined) === (body.cases === undefined)) throw new Refusal(400, 'case_or_cases');
      const added = (body.cases ?? [body.case]).flatMap((one) => (one ? [workspace.queues.addCase(queue, one)] : []));
      workspace.ledger.markCommitted(entry);
      if (queue.agentId !== undefined) for (const one of added) workspace.claimCase(one, queue.agentId);
      return { added_cases: added.map((one) => one.toWire()) };
    },
  }),
  defineOperation({
    name: 'get-case',
    operationId: 'getCase',
    v2: 'GET /v2/cases/:case_id',
    perform({ queues, agents }, { ids }) {
      const found = queues.findCase(ids['case_id']);
      const events = found.eventsToWire((id) => agents.nameOf(id));
      return { case: found.toWire(), events, approvalBatches: [] };
    },
  }),
  defineOperation({
    name: 'list-cases',
    operationId: 'listCases',
    v2: 'GET /v2/queues/:queue_id/cases',
    query: z.strictObject({
      ...pageFields(20, 100),
      status: listOfSchema(CASE_STATUSES).optional(),
      priority: listOfSchema(CASE_PRIORITIES).optional(),
      search: z.string().optional(),
      created_at_from: timestampSchema.optional(),
      updated_at_from: timestampSchema.optional(),
      sort_by: z.enum(['created_at', 'updated_at', 'postponed_to']).optional(),
      sort_order: sortOrderSchema.optional(),
    }),
    perform({ queues }, { ids, query: { limit, offset, ...filter } }) {
      const found = queues.find(ids['queue_id']).list(filter);
      const cases = found.slice(offset, offset + limit).map((one) => one.toWire());
      return { cases, total: found.length, limit, offset };
    },
  }),
  defineOperation({
    name: 'case-runs',
    operationId: 'listCaseRuns',
    v2: 'GET /v2/cases/:case_id/runs',
    perform: ({ queues, agents }, { ids }) => ({
      runs: queues
        .findCase(ids['case_id'])
        .runsToWire((id) => agents.nameOf(id))
        .slice(0, 50),
    }),
  }),
];
