import type { QueryParameters } from '../http/request';
import type { CaseRun, HumanRequest, ListRunsQuery, Message, Run, RunView } from '../model';
import { ContractViolation, isObject, type JsonObject, noObjectProblem } from '../model/operation';
import { normaliseStatus } from '../model/runs';
import { checkRequestedId, parseWithSchema, type Schema, toOptionalString } from './parse-wire';

export interface RunSchemas {
  run: Schema<JsonObject & { id: string; status: string }>;
  humanRequest: Schema<WireHumanRequest>;
}

export interface WireHumanRequest extends JsonObject {
  id: string;
  type: string;
  title: string;
  questions?: { question: string; options?: { label: string }[] | null }[] | null;
}

/** Reads `{run, pending_human_request?}`, or a run without this envelope. */
export function readRunView(body: JsonObject, schemas: RunSchemas, serverTime: string | undefined): RunView {
  const isBareRun = !('run' in body) && 'id' in body && 'status' in body;
  const run = isBareRun ? body : body['run'];
  if (run !== null && !isObject(run)) throw new ContractViolation('run', noObjectProblem(run));
  const pending = body['pending_human_request'] ?? run?.['pending_human_request'];
  return {
    run: run && toRun(parseWithSchema(schemas.run, run, 'run')),
    pendingRequest:
      pending === undefined || pending === null
        ? undefined
        : toHumanRequest(parseWithSchema(schemas.humanRequest, pending, 'pending_human_request')),
    serverTime,
  };
}

/** Reads the response to the request for one run. */
export function readRequestedRun(
  body: JsonObject,
  runId: string,
  schemas: RunSchemas,
  serverTime: string | undefined,
): RunView {
  const view = readRunView(body, schemas, serverTime);
  if (view.run) checkRequestedId(view.run.id, runId, 'run.id');
  return view;
}

export function toRun(wire: JsonObject & { id: string; status: string }): Run {
  const { id, agent_id, status, created_at, started_at, completed_at, updated_at, sandbox_id, source, ...rest } = wire;
  const { owner, outcome, pending_human_request: _, ...unknownFields } = rest;
  return {
    id,
    agentId: toOptionalString(agent_id),
    status: normaliseStatus(status),
    createdAt: toOptionalString(created_at),
    startedAt: toOptionalString(started_at),
    completedAt: toOptionalString(completed_at),
    updatedAt: toOptionalString(updated_at),
    sandboxId: toOptionalString(sandbox_id),
    source: toOptionalString(source),
    owner: owner ?? undefined,
    outcome: outcome ?? undefined,
    unknownFields,
  };
}

export function toCaseRun(wire: JsonObject & { id: string; status: string }): CaseRun {
  const { id, agent_id, status, created_at, started_at, completed_at, claimed_at, ...rest } = wire;
  const { has_pending_human_request: waits, ...unknownFields } = rest;
  return {
    id,
    agentId: toOptionalString(agent_id),
    status: normaliseStatus(status),
    createdAt: toOptionalString(created_at),
    startedAt: toOptionalString(started_at),
    completedAt: toOptionalString(completed_at),
    claimedAt: toOptionalString(claimed_at),
    waitsForPerson: typeof waits === 'boolean' ? waits : undefined,
    unknownFields,
  };
}

function toHumanRequest(wire: WireHumanRequest): HumanRequest {
  const { id, type, title, questions, description, created_at, ...rest } = wire;
  const readQuestions = questions?.map(({ question, ...more }) => {
    const { header, options, multi_select } = more as JsonObject & {
      options?: ({ label: string } & JsonObject)[] | null;
    };
    return {
      question,
      header: toOptionalString(header),
      options: options?.map((option) => ({
        label: option.label,
        description: toOptionalString(option['description']),
      })),
      multiSelect: typeof multi_select === 'boolean' ? multi_select : undefined,
    };
  });
  const known = type === 'approval' || type === 'question' ? type : undefined;
  const unknownFields = known ? rest : { type, ...rest };
  return {
    id,
    type: known ?? 'unknown',
    title,
    description: toOptionalString(description),
    questions: readQuestions,
    createdAt: toOptionalString(created_at),
    ...(Object.keys(unknownFields).length > 0 && { unknownFields }),
  };
}

const TOOL_CALL_FIELDS: ReadonlySet<string> = new Set(['id', 'name', 'arguments']);
const TOOL_RESULT_FIELDS: ReadonlySet<string> = new Set(['tool_call_id', 'result', 'error']);
const hasOnly = (value: object, names: ReadonlySet<string>) => Object.keys(value).every((name) => names.has(name));

export function toMessage(wire: JsonObject & { id: string }): Message {
  const { id, type, role, timestamp, text_content, tool_call, tool_result, ...unknownFields } = wire;
  const toolCall = toToolCall(tool_call);
  const toolResult = toToolResult(tool_result);
  return {
    id,
    type: toOptionalString(type),
    role: toOptionalString(role),
    timestamp: toOptionalString(timestamp),
    text: toOptionalString(text_content),
    ...(toolCall && { toolCall }),
    ...(toolResult && { toolResult }),
    unknownFields: {
      ...unknownFields,
      // A tool call or result that is malformed or has unknown fields is kept in the wire form, so that nothing is lost.
      ...(tool_call != null && !(toolCall && hasOnly(tool_call, TOOL_CALL_FIELDS)) && { tool_call }),
      ...(tool_result != null && !(toolResult && hasOnly(tool_result, TOOL_RESULT_FIELDS)) && { tool_result }),
    },
  };
}

function toToolCall(value: unknown): Message['toolCall'] {
  if (!isObject(value) || typeof value['id'] !== 'string' || typeof value['name'] !== 'string') return undefined;
  return { id: value['id'], name: value['name'], ...('arguments' in value && { arguments: value['arguments'] }) };
}

function toToolResult(value: unknown): Message['toolResult'] {
  if (!isObject(value) || typeof value['tool_call_id'] !== 'string') return undefined;
  const error = toOptionalString(value['error']);
  return {
    toolCallId: value['tool_call_id'],
    ...('result' in value && { result: value['result'] }),
    ...(error !== undefined && { error }),
  };
}

export const toRunsQuery = ({
  limit,
  offset,
  status,
  agentId,
  since,
  search,
  source,
}: ListRunsQuery): QueryParameters => ({
  limit,
  offset,
  status,
  agent_id: agentId,
  since,
  search,
  source,
});
