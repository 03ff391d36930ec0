import { parseDurationMs, toMs } from './durations';
import type { GateTimeoutAction } from './gates';
import {
  anyObject,
  type Check,
  duration,
  failInvalidInput,
  integer,
  nonEmptyString,
  object,
  oneOf,
  positiveDuration,
} from './input-checks';
import { DEFAULT_API_TASK_QUEUE } from './names';
import type { AgentRunInput, OutputPolicy, WatchOptions } from './runs';

/** Poll intervals that depend on the age of what is polled. The last step has no `untilAgeMs`. */
export type PollSchedule = { untilAgeMs?: number; intervalMs: number }[];

export type OutputPlan = Required<OutputPolicy>;

/** The checked input of an agent run, with its defaults and with durations in milliseconds. */
export interface RunPlan {
  agentId?: string;
  runId?: string;
  message?: string;
  sandboxId?: string;
  key?: string;
  deadlineMs?: number;
  pollSchedule: PollSchedule;
  gatePollIntervalMs: number;
  onCancel: 'stop' | 'abandon';
  gateDueMs?: number;
  onTimeout: GateTimeoutAction;
  apiTaskQueue: string;
  resume: { times: number; message: string };
  output?: OutputPlan;
  webhookUrl?: string;
  extraFields?: Record<string, unknown>;
}

/** Duvo's advice: 5–10 s for young runs, 30 s until 15 minutes, 60–120 s beyond (Duvo API, retry guidance). */
const DEFAULT_POLL_SCHEDULE: PollSchedule = [
  { untilAgeMs: 120_000, intervalMs: 5_000 },
  { untilAgeMs: 900_000, intervalMs: 30_000 },
  { intervalMs: 60_000 },
];
const DEFAULT_GATE_POLL_INTERVAL_MS = 60_000;
const MIN_POLL_INTERVAL_MS = 100;
const MAX_SCHEMA_CHARS = 50_000;

/**
 * Limit of a message. Duvo accepts a request of 1 MiB, and Temporal refuses a payload above 2 MB with a message that does
 * not name the cause, so a longer message is refused before anything is sent.
 */
const MAX_MESSAGE_BYTES = 1_000_000;

const pollInterval: Check = (value, field) => {
  duration(value, field);
  if ((parseDurationMs(value) ?? 0) < MIN_POLL_INTERVAL_MS)
    failInvalidInput(field, `is shorter than ${MIN_POLL_INTERVAL_MS} ms: give a longer interval`);
};

const pollIntervals: Check = (value, field) => {
  if (!Array.isArray(value) || value.length === 0)
    return failInvalidInput(field, `must be a list such as [{until: '2m', every: '5s'}, {every: '60s'}]`);
  value.forEach((step: unknown, index) => {
    const at = `${field}[${index}]`;
    object({ until: positiveDuration, every: pollInterval })(step, at);
    const { until, every } = step as { until?: unknown; every?: unknown };
    if (every === undefined) failInvalidInput(`${at}.every`, 'is missing: give the time between two polls');
    const isLast = index === value.length - 1;
    if (isLast === (until !== undefined)) {
      failInvalidInput(
        `${at}.until`,
        isLast ? 'must be absent: the last step has no end' : 'is missing: only the last step has no end',
      );
    }
  });
};

const httpUrl: Check = (value, field) => {
  if (typeof value !== 'string' || !/^https?:\/\/\S+$/i.test(value))
    failInvalidInput(field, 'must be an http or https URL');
};

const outputPolicy: Check = (value, field) => {
  object({ schema: anyObject, attempts: integer(1, 20) })(value, field);
  const { schema } = value as { schema?: unknown };
  if (!schema) failInvalidInput(`${field}.schema`, 'is missing: give a JSON Schema');
  if (JSON.stringify(schema).length > MAX_SCHEMA_CHARS)
    failInvalidInput(`${field}.schema`, `is longer than ${MAX_SCHEMA_CHARS} characters: give a shorter schema`);
};

const resumePolicy: Check = (value, field) => {
  object({ times: integer(1, 100), message: nonEmptyString })(value, field);
  if (((value as { times?: unknown }).times ?? undefined) === undefined)
    failInvalidInput(`${field}.times`, 'is missing: give the number of times that an interrupted run is resumed');
};

/** Checks the message of a run. */
export const runMessage: Check = (value, field) => {
  if (typeof value !== 'string') return failInvalidInput(field, 'must be a string');
  const bytes = new TextEncoder().encode(value).length;
  if (bytes > MAX_MESSAGE_BYTES)
    failInvalidInput(field, `has ${bytes} bytes; the limit is ${MAX_MESSAGE_BYTES}: put the rest into a file`);
};

const checkAgentRunInput = object({
  agentId: nonEmptyString,
  runId: nonEmptyString,
  message: runMessage,
  sandboxId: nonEmptyString,
  key: nonEmptyString,
  deadline: positiveDuration,
  watch: object({ every: pollIntervals, atGate: pollInterval }),
  onCancel: oneOf('stop', 'abandon'),
  gate: object({ due: positiveDuration, onTimeout: oneOf('hold', 'deny', 'approve', 'fail') }),
  resume: resumePolicy,
  output: outputPolicy,
  webhookUrl: httpUrl,
  extraFields: anyObject,
  apiTaskQueue: nonEmptyString,
});

/**
 * Checks the input of `agentRun` before anything is sent, and adds the defaults.
 *
 * @throws ApplicationFailure `Duvo.InvalidInput`, whose first detail is `{field, problem}`; it never contains the value.
 */
export function parseRunInput(input: unknown): RunPlan {
  checkAgentRunInput(input, '');
  const { agentId, runId, message, sandboxId, key, deadline, watch, onCancel, gate, ...rest } = input as AgentRunInput;
  const { resume, output, webhookUrl, extraFields, apiTaskQueue } = rest;
  checkFieldCombinations(input as AgentRunInput);
  return {
    ...(agentId ? { agentId } : { runId }),
    ...(message && { message }),
    ...(sandboxId && { sandboxId }),
    ...(key && { key }),
    ...(deadline && { deadlineMs: toMs(deadline) }),
    ...toPollPlan(watch),
    onCancel: onCancel ?? 'stop',
    ...(gate?.due && { gateDueMs: toMs(gate.due) }),
    onTimeout: gate?.onTimeout ?? 'hold',
    apiTaskQueue: apiTaskQueue ?? DEFAULT_API_TASK_QUEUE,
    resume: { times: resume?.times ?? 0, message: resume?.message ?? 'Please continue.' },
    ...(output && { output: { ...output, attempts: output.attempts ?? 3 } }),
    ...(webhookUrl && { webhookUrl }),
    ...(extraFields && { extraFields }),
  };
}

function checkFieldCombinations(input: AgentRunInput): void {
  const { agentId, runId, message, sandboxId, key, gate, webhookUrl, extraFields } = input;
  if (!agentId && !runId)
    failInvalidInput('agentId', 'is missing: give agentId to start a run, or runId to attach to one');
  if (agentId && runId)
    failInvalidInput('runId', 'cannot be used with agentId: give agentId to start a run, or runId to attach to one');
  if (runId) {
    for (const [field, value] of Object.entries({ message, sandboxId, key, webhookUrl, extraFields })) {
      if (value) failInvalidInput(field, 'cannot be used with runId: the run that runId names was started before');
    }
  }
  if (gate?.onTimeout && gate.onTimeout !== 'hold' && !gate.due)
    failInvalidInput('gate.due', `is missing: onTimeout '${gate.onTimeout}' needs a time limit`);
}

function toPollPlan(watch: WatchOptions | undefined): Pick<RunPlan, 'pollSchedule' | 'gatePollIntervalMs'> {
  const schedule = watch?.every?.map(({ until, every }) => ({
    ...(until !== undefined && until !== null && { untilAgeMs: toMs(until) }),
    intervalMs: toMs(every),
  }));
  const lastIntervalMs = schedule?.at(-1)?.intervalMs ?? 0;
  return {
    pollSchedule: schedule ?? DEFAULT_POLL_SCHEDULE,
    gatePollIntervalMs: watch?.atGate ? toMs(watch.atGate) : Math.max(DEFAULT_GATE_POLL_INTERVAL_MS, lastIntervalMs),
  };
}
