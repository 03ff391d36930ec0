/**
 * The wire shapes of dialect `v1`: the API reference under `/v1`. Where the reference is silent on a body's shape, the
 * published v2 document's shape is used. Requests hold only what is listed here; answers may hold more.
 */
import { z } from 'zod';
import type { HumanAnswer, HumanRequest, ListRunsQuery, Message, Run, RunPage, RunView, StartRunInput } from '../model';
import { ContractViolation, type JsonObject, type Operation } from '../operation';
import { normaliseStatus } from '../status';
import { isObject, optionalNumber, optionalText, required } from '../wire';

const id = z.string().min(1);
const runSchema = z.looseObject({ id, status: z.string().min(1) });
const messageSchema = z.looseObject({ id });
const requestSchema = z.looseObject({
  id,
  type: z.string(),
  title: z.string(),
  questions: z
    .array(
      z.looseObject({
        question: z.string(),
        options: z.array(z.looseObject({ label: z.string() })).nullish(),
      }),
    )
    .nullish(),
});
const runsSchema = z.array(runSchema);
const messagesSchema = z.array(messageSchema);
const successSchema = z.boolean();

/** `201` or `202` (accepted, still being made). */
export const startRun: Operation<RunView> = {
  name: 'runs.start',
  method: 'POST',
  path: '/v1/runs',
  scope: 'runs:write',
  read: (body, serverTime) => {
    const view = readRunView(body, serverTime);
    if (view.run === null) throw new ContractViolation('run');
    return view;
  },
};

export const startRunBody = (input: StartRunInput): JsonObject => ({
  agent_id: input.agentId,
  message: input.message,
  sandbox_id: input.sandboxId,
  webhook_url: input.webhookUrl,
});

export const getRun: Operation<RunView> = {
  name: 'runs.get',
  method: 'GET',
  path: '/v1/runs/{run_id}',
  scope: 'runs:read',
  read: readRunView,
};

/** Not in the reference; the vendor's pages show it. */
export const listRuns: Operation<RunPage> = {
  name: 'runs.list',
  method: 'GET',
  path: '/v1/runs',
  scope: 'runs:read',
  read: (body) => {
    const at = body['data'] === undefined && body['runs'] !== undefined ? 'runs' : 'data';
    return { runs: required(runsSchema, body[at], at).map(toRun), total: optionalNumber(body['total']) };
  },
};

export const listRunsParameters = (query: ListRunsQuery) => ({
  limit: query.limit,
  offset: query.offset,
  status: query.status,
  agent_id: query.agentId,
  since: query.since,
});

/** `limit` and `offset` as Duvo gives them back, if it does. */
export const listMessages: Operation<{ messages: Message[]; total?: number; limit?: number; offset?: number }> = {
  name: 'runs.messages',
  method: 'GET',
  path: '/v1/runs/{run_id}/messages',
  scope: 'runs:read',
  read: (body) => ({
    messages: required(messagesSchema, body['messages'], 'messages').map(toMessage),
    total: optionalNumber(body['total']),
    limit: optionalNumber(body['limit']),
    offset: optionalNumber(body['offset']),
  }),
};

/** Resumes a waiting, completed or interrupted run. */
export const postMessage: Operation<Message> = {
  name: 'runs.postMessage',
  method: 'POST',
  path: '/v1/runs/{run_id}/messages',
  scope: 'runs:write',
  read: (body) => toMessage(required(messageSchema, 'message' in body ? body['message'] : body, 'message')),
};

export const postMessageBody = (text: string): JsonObject => ({ message: text });

/** Works only while the run is `waiting`. */
export const respond: Operation<void> = {
  name: 'runs.respond',
  method: 'POST',
  path: '/v1/runs/{run_id}/human-requests/{request_id}/respond',
  scope: 'approvals:write',
  mayBeEmpty: true,
  read: () => undefined,
};

export const respondBody = (answer: HumanAnswer): JsonObject =>
  'approved' in answer ? { approved: answer.approved } : { answers: answer.answers };

/** A no-op when the run is not running. Has no request body. */
export const stopRun: Operation<{ success: boolean; message?: string }> = {
  name: 'runs.stop',
  method: 'POST',
  path: '/v1/runs/{run_id}/stop',
  scope: 'runs:write',
  read: (body) => ({
    success: required(successSchema, body['success'], 'success'),
    message: optionalText(body['message']),
  }),
};

/** `{run, pending_human_request?}`, or the bare run. */
function readRunView(body: JsonObject, serverTime: string | undefined): RunView {
  const bare = !('run' in body) && 'id' in body && 'status' in body;
  if (body['run'] === null) return { run: null, serverTime };
  const run = bare ? body : body['run'];
  if (!isObject(run)) throw new ContractViolation('run');
  const pending = body['pending_human_request'] ?? run['pending_human_request'];
  return {
    run: toRun(required(runSchema, run, 'run')),
    pendingRequest: pending === undefined || pending === null ? undefined : toHumanRequest(pending),
    serverTime,
  };
}

function toRun(wire: z.infer<typeof runSchema>): Run {
  const { id, agent_id, status, created_at, started_at, completed_at, updated_at, sandbox_id, source, ...rest } = wire;
  const { owner, outcome, pending_human_request: _, ...other } = rest;
  return {
    id,
    agentId: optionalText(agent_id),
    status: normaliseStatus(status),
    createdAt: optionalText(created_at),
    startedAt: optionalText(started_at),
    completedAt: optionalText(completed_at),
    updatedAt: optionalText(updated_at),
    sandboxId: optionalText(sandbox_id),
    source: optionalText(source),
    owner: owner ?? undefined,
    outcome: outcome ?? undefined,
    other,
  };
}

function toHumanRequest(value: unknown): HumanRequest {
  const { id, type, title, questions, description, created_at } = required(
    requestSchema,
    value,
    'pending_human_request',
  );
  const asks = questions?.map(({ question, header, options, multi_select }) => ({
    question,
    header: optionalText(header),
    options: options?.map((option) => ({ label: option.label, description: optionalText(option['description']) })),
    multiSelect: typeof multi_select === 'boolean' ? multi_select : undefined,
  }));
  const known = type === 'approval' || type === 'question' ? type : undefined;
  return {
    id,
    type: known ?? (asks !== undefined && asks.length > 0 ? 'question' : 'approval'),
    title,
    description: optionalText(description),
    questions: asks,
    createdAt: optionalText(created_at),
  };
}

function toMessage({ id, type, role, timestamp, text_content, ...other }: z.infer<typeof messageSchema>): Message {
  return {
    id,
    type: optionalText(type),
    role: optionalText(role),
    timestamp: optionalText(timestamp),
    text: optionalText(text_content),
    other,
  };
}
