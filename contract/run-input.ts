import type { AgentRunInput, OutputPolicy } from './run-contract';
import { checkedMs, durationMs } from './durations';
import { type Check, duration, object, oneOf, positive, refuse, text } from './input-checks';

/** A poll interval that follows the age of what is waited for; milliseconds. The last step has no `untilMs`. */
export type PollSteps = { untilMs?: number; everyMs: number }[];

export type OutputPlan = Required<OutputPolicy>;

/** The input of an agent run, checked, with its defaults and in milliseconds. */
export interface RunPlan {
  agentId?: string;
  runId?: string;
  message?: string;
  sandboxId?: string;
  key?: string;
  deadlineMs?: number;
  every: PollSteps;
  atGateMs: number;
  onCancel: 'stop' | 'abandon';
  dueMs?: number;
  onTimeout: 'hold' | 'deny' | 'approve' | 'fail';
  apiTaskQueue: string;
  resume: { times: number; message: string };
  output?: OutputPlan;
  webhookUrl?: string;
  extraFields?: Record<string, unknown>;
}

/** The vendor's advice: 5–10 s for young runs, 30 s until 15 minutes, 60–120 s beyond (Duvo API, retry guidance). */
const DEFAULT_EVERY: PollSteps = [
  { untilMs: 120_000, everyMs: 5_000 },
  { untilMs: 900_000, everyMs: 30_000 },
  { everyMs: 60_000 },
];
const DEFAULT_AT_GATE_MS = 60_000;
const SHORTEST_POLL_MS = 100;
const LONGEST_SCHEMA = 50_000;

const pollInterval: Check = (value, field) => {
  duration(value, field);
  if ((durationMs(value) ?? 0) < SHORTEST_POLL_MS)
    refuse(field, `is shorter than ${SHORTEST_POLL_MS} ms: poll less often`);
};
const pollSteps: Check = (value, field) => {
  if (!Array.isArray(value) || value.length === 0)
    return refuse(field, `must be a list such as [{until: '2m', every: '5s'}, {every: '60s'}]`);
  value.forEach((step: unknown, index) => {
    const at = `${field}[${index}]`;
    object({ until: positive, every: pollInterval })(step, at);
    const { until, every } = step as { until?: unknown; every?: unknown };
    if (every === undefined) refuse(`${at}.every`, 'is missing: give the time between two polls');
    const isLast = index === value.length - 1;
    if (isLast === (until !== undefined)) {
      refuse(
        `${at}.until`,
        isLast ? 'must be absent: the last step has no end' : 'is missing: only the last step has no end',
      );
    }
  });
};

const httpUrl: Check = (value, field) => {
  if (typeof value !== 'string' || !/^https?:\/\/\S+$/i.test(value)) refuse(field, 'must be an http or https URL');
};
const upTo =
  (most: number): Check =>
  (value, field) => {
    if (!Number.isInteger(value) || (value as number) < 1 || (value as number) > most)
      refuse(field, `must be a whole number from 1 to ${most}`);
  };
const fields: Check = (value, field) => {
  if (typeof value !== 'object' || Array.isArray(value)) refuse(field, 'must be an object');
};
const outputs: Check = (value, field) => {
  object({ schema: fields, attempts: upTo(20) })(value, field);
  const { schema } = value as { schema?: unknown };
  if (!schema) refuse(`${field}.schema`, 'is missing: give a JSON Schema');
  if (JSON.stringify(schema).length > LONGEST_SCHEMA)
    refuse(`${field}.schema`, `is longer than ${LONGEST_SCHEMA} characters`);
};
const resumes: Check = (value, field) => {
  object({ times: upTo(100), message: text })(value, field);
  if (((value as { times?: unknown }).times ?? undefined) === undefined)
    refuse(`${field}.times`, 'is missing: say how often an interrupted run is resumed');
};

/** Duvo takes a request of 1 MiB: what cannot fit is refused before it is sent to anybody. In characters. */
const LONGEST_MESSAGE = 1_048_576;

const message: Check = (value, field) => {
  if (typeof value !== 'string') refuse(field, 'must be a string');
  else if (value.length > LONGEST_MESSAGE)
    refuse(field, `is longer than ${LONGEST_MESSAGE} characters, which Duvo does not take: put the rest into a file`);
};

const agentRunInput = object({
  agentId: text,
  runId: text,
  message,
  sandboxId: text,
  key: text,
  deadline: positive,
  watch: object({ every: pollSteps, atGate: pollInterval }),
  onCancel: oneOf('stop', 'abandon'),
  gate: object({ due: positive, onTimeout: oneOf('hold', 'deny', 'approve', 'fail') }),
  resume: resumes,
  output: outputs,
  webhookUrl: httpUrl,
  extraFields: fields,
  apiTaskQueue: text,
});

/**
 * Checks the input of `agentRun`, before anything is sent.
 *
 * @throws ApplicationFailure `Duvo.InvalidInput`, whose first detail is `{field, problem}`; it never holds the value.
 */
export function planRun(input: unknown): RunPlan {
  agentRunInput(input, '');
  const { agentId, runId, message, sandboxId, key, deadline, watch, onCancel, gate, apiTaskQueue, ...rest } =
    input as AgentRunInput;
  const { resume, output, webhookUrl, extraFields } = rest;
  if (!agentId && !runId) refuse('agentId', 'is missing: give agentId to start a run, or runId to attach to one');
  if (agentId && runId)
    refuse('runId', 'does not go with agentId: give agentId to start a run, or runId to attach to one');
  if (runId) {
    for (const [field, value] of Object.entries({ message, sandboxId, key, webhookUrl, extraFields })) {
      if (value) refuse(field, 'does not go with runId: a run that one attaches to was started already');
    }
  }
  if (gate?.onTimeout && gate.onTimeout !== 'hold' && !gate.due) {
    refuse('gate.due', `is missing: onTimeout '${gate.onTimeout}' needs the time after which it happens`);
  }
  const every = watch?.every?.map((step) => ({
    ...(step.until !== undefined && step.until !== null && { untilMs: checkedMs(step.until) }),
    everyMs: checkedMs(step.every),
  }));
  const slowest = every?.[every.length - 1]?.everyMs ?? 0;
  return {
    ...(agentId ? { agentId } : { runId }),
    ...(message && { message }),
    ...(sandboxId && { sandboxId }),
    ...(key && { key }),
    ...(deadline && { deadlineMs: checkedMs(deadline) }),
    every: every ?? DEFAULT_EVERY,
    atGateMs: watch?.atGate ? checkedMs(watch.atGate) : Math.max(DEFAULT_AT_GATE_MS, slowest),
    onCancel: onCancel ?? 'stop',
    ...(gate?.due && { dueMs: checkedMs(gate.due) }),
    onTimeout: gate?.onTimeout ?? 'hold',
    apiTaskQueue: apiTaskQueue ?? 'duvo-api',
    resume: { times: resume?.times ?? 0, message: resume?.message ?? 'Please continue.' },
    ...(output && { output: { ...output, attempts: output.attempts ?? 3 } }),
    ...(webhookUrl && { webhookUrl }),
    ...(extraFields && { extraFields }),
  };
}
