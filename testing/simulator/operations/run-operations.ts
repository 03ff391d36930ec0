import { z } from 'zod';
import { Refusal } from '../shared/refusal';
import { defineOperation } from './operation';
import { notSimulatedSchema, sortOrderSchema, pageFields, timestampSchema } from './query-fields';

const V2_RUN_STATUSES = [
  'not_started',
  'pending',
  'starting',
  'running',
  'waiting',
  'completed',
  'failed',
  'interrupted',
  'stopped',
  'needs_attention',
];

const startFields = {
  agent_id: z.string().min(1),
  message: z.string().optional(),
  sandbox_id: z.string().optional(),
  webhook_url: z.url().optional(),
};
/** The reference of v1 does not list all fields of a start, so v1 accepts unknown fields. */
const startBodySchema = { v1: z.looseObject(startFields), v2: z.strictObject(startFields) };

const listQuerySchema = {
  v1: z.strictObject({
    ...pageFields(20, 100),
    status: z.string().optional(),
    agent_id: z.string().optional(),
    since: timestampSchema.optional(),
  }),
  v2: z.strictObject({
    ...pageFields(20, 100),
    sort_by: z.enum(['created_at']).optional(),
    sort_order: sortOrderSchema.optional(),
    status: z.enum(V2_RUN_STATUSES).optional(),
    agent_id: z.string().optional(),
    user_id: notSimulatedSchema,
    case_queue_id: z.string().optional(),
    source: z.string().optional(),
    search: z.string().optional(),
    has_issues: notSimulatedSchema,
    issue_severity: notSimulatedSchema,
    since: timestampSchema.optional(),
    digest_id: notSimulatedSchema,
  }),
};

const respondBodySchema = z.union([
  z.strictObject({ approved: z.boolean() }),
  z.strictObject({ answers: z.record(z.string(), z.string()) }),
]);

export const runOperations = [
  defineOperation({
    name: 'start',
    operationId: 'startRun',
    v1: 'POST /v1/runs',
    v2: 'POST /v2/teams/:team_id/runs',
    scope: 'runs:write',
    isMutation: true,
    body: startBodySchema,
    status: { v1: 202, v2: 201 },
    perform({ runs, ledger }, { body, write, entry }) {
      const run = runs.start({
        agentId: body.agent_id,
        message: body.message,
        sandboxId: body.sandbox_id,
        idempotencyKey: entry.idempotencyKey,
        ...(body.webhook_url !== undefined && {
          webhook: { url: body.webhook_url, formatStatus: (status) => write.status(status) },
        }),
      });
      ledger.markCommitted(entry, { runId: run.id });
      return { run: write.run(run) };
    },
  }),
  defineOperation({
    name: 'get',
    operationId: 'getRun',
    v1: 'GET /v1/runs/:run_id',
    v2: 'GET /v2/runs/:run_id',
    scope: 'runs:read',
    perform({ runs }, { ids, write, fault }) {
      const run = runs.find(ids['run_id']);
      if (fault && 'runNull' in fault) return { run: null };
      run.recordPoll();
      if (run.isDeleted) return { run: null };
      const { pendingRequest } = run;
      if (fault && 'staleEnd' in fault) return { run: write.run(run.viewBeforeResume()) };
      if (fault && 'runStatus' in fault) return { run: write.run(run, fault.runStatus) };
      return {
        run: write.run(run),
        ...(pendingRequest && { pending_human_request: write.pendingRequest(pendingRequest) }),
      };
    },
  }),
  defineOperation({
    name: 'list',
    operationId: 'listRuns',
    v1: 'GET /v1/runs',
    v2: 'GET /v2/teams/:team_id/runs',
    scope: 'runs:read',
    query: listQuerySchema,
    perform({ runs, agents, queues }, { query, write }) {
      const status = query.status && write.parseStatus(query.status);
      const found = runs.list({ ...query, status }, (runId) => queues.caseOfRun(runId));
      const { limit, offset } = query;
      return {
        data: found
          .slice(offset, offset + limit)
          .map((run) => write.runRow(run, agents.nameOf(run.agentId), queues.caseOfRun(run.id))),
        total: found.length,
      };
    },
  }),
  defineOperation({
    name: 'messages',
    operationId: 'listRunMessages',
    v1: 'GET /v1/runs/:run_id/messages',
    v2: 'GET /v2/runs/:run_id/messages',
    scope: 'runs:read',
    query: z.strictObject(pageFields(20, 50)),
    perform({ runs }, { ids, query: { limit, offset } }) {
      const { messages } = runs.find(ids['run_id']).refresh();
      return { messages: messages.slice(offset, offset + limit), total: messages.length, limit, offset };
    },
  }),
  defineOperation({
    name: 'post-message',
    operationId: 'postRunMessage',
    v1: 'POST /v1/runs/:run_id/messages',
    v2: 'POST /v2/runs/:run_id/messages',
    scope: 'runs:write',
    isMutation: true,
    body: z.strictObject({ message: z.string().min(1) }),
    status: 201,
    perform({ runs, ledger }, { ids, body, entry }) {
      const run = runs.find(ids['run_id']).refresh();
      if (!run.resume(body.message)) throw new Refusal(409, 'run_is_running');
      ledger.markCommitted(entry);
      return { message: run.messages.findLast(({ role }) => role === 'user') };
    },
  }),
  defineOperation({
    name: 'respond',
    operationId: 'respondToHumanRequest',
    v1: 'POST /v1/runs/:run_id/human-requests/:request_id/respond',
    v2: 'POST /v2/runs/:run_id/human-requests/:request_id/respond',
    scope: 'approvals:write',
    isMutation: true,
    body: respondBodySchema,
    perform({ runs, ledger }, { ids, body, write, entry }) {
      const run = runs.find(ids['run_id']).refresh();
      const request = run.humanRequests.find(({ id }) => id === ids['request_id']);
      if (!request) throw new Refusal(404, 'human_request_not_found');
      if (request.status !== 'pending') throw new Refusal(409, 'human_request_closed');
      const problem = run.answer(request, body, 'api');
      if (problem) throw new Refusal(422, 'validation_failed', [{ field: problem, code: 'does_not_fit' }]);
      ledger.markCommitted(entry);
      return { human_request: write.answeredRequest(run, request) };
    },
  }),
  defineOperation({
    name: 'stop',
    operationId: 'stopRun',
    v1: 'POST /v1/runs/:run_id/stop',
    v2: 'POST /v2/runs/:run_id/stop',
    scope: 'runs:write',
    isMutation: true,
    body: z.strictObject({}).optional(),
    perform({ runs, ledger }, { ids, entry }) {
      if (!runs.find(ids['run_id']).refresh().stop()) return { success: false, message: 'the run is not running' };
      ledger.markCommitted(entry);
      return { success: true };
    },
  }),
];
