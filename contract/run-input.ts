import type { AgentRunInput, OutputPolicy } from './runs';
import { toMs, parseDurationMs } from './durations';
import { DEFAULT_API_TASK_QUEUE } from './names';
import {
  anyObject,
  type Check,
  duration,
  integer,
  object,
  oneOf,
  positiveDuration,
  failInvalidInput,
  nonEmptyString,
} from './input-checks';

/** A poll interval that follows the age of what is waited for; milliseconds. The last step has no `untilMs`. */
export type PollSchedule = { untilMs?: number; everyMs: number }[];

export type OutputPlan = Required<OutputPolicy>;

/** The input of an agent run, checked, with its defaults and in milliseconds. */
export interface RunPlan {
  agentId?: string;
  runId?: string;
  message?: string;
  sandboxId?: string;
  key?: string;
  deadlineMs?: number;
  pollSteps: PollSchedule;
  gatePollMs: number;
  onCancel: 'stop' | 'abandon';
  gateDueMs?: number;
  onTimeout: 'hold' | 'deny' | 'approve' | 'fail';
  apiTaskQueue: string;
  resume: { times: number; message: string };
  output?: OutputPlan;
  webhookUrl?: string;
  extraFields?: Record<string, unknown>;
}

/** The vendor's advice: 5–10 s for young runs, 30 s until 15 minutes, 60–120 s beyond (Duvo API, retry guidance). */
const DEFAULT_POLL_STEPS: PollSchedule = [
  { untilMs: 120_000, everyMs: 5_000 },
  { untilMs: 900_000, everyMs: 30_000 },
  { everyMs: 60_000 },
];
const DEFAULT_GATE_POLL_MS = 60_000;
const MIN_POLL_MS = 100;
const MAX_SCHEMA_CHARS = 50_000;

const pollInterval: Check = (value, field) => {
  duration(value, field);
  if ((parseDurationMs(value) ?? 0) < MIN_POLL_MS)
    failInvalidInput(field, `is shorter than ${MIN_POLL_MS} ms: poll less often`);
};
const pollSteps: Check = (value, field) => {
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
    failInvalidInput(`${field}.schema`, `is longer than ${MAX_SCHEMA_CHARS} characters`);
};
const resumePolicy: Check = (value, field) => {
  object({ times: integer(1, 100), message: nonEmptyString })(value, field);
  if (((value as { times?: unknown }).times ?? undefined) === undefined)
    failInvalidInput(`${field}.times`, 'is missing: say how often an interrupted run is resumed');
};

/** Duvo takes a request of 1 MiB: what cannot fit is refused before it is sent to anybody. In characters. */
const MAX_MESSAGE_CHARS = 1_048_576;

const message: Check = (value, field) => {
  if (typeof value !== 'string') failInvalidInput(field, 'must be a string');
  else if (value.length > MAX_MESSAGE_CHARS)
    failInvalidInput(
      field,
      `is longer than ${MAX_MESSAGE_CHARS} characters, which Duvo does not take: put the rest into a file`,
    );
};

const checkAgentRunInput = object({
  agentId: nonEmptyString,
  runId: nonEmptyString,
  message,
  sandboxId: nonEmptyString,
  key: nonEmptyString,
  deadline: positiveDuration,
  watch: object({ every: pollSteps, atGate: pollInterval }),
  onCancel: oneOf('stop', 'abandon'),
  gate: object({ due: positiveDuration, onTimeout: oneOf('hold', 'deny', 'approve', 'fail') }),
  resume: resumePolicy,
  output: outputPolicy,
  webhookUrl: httpUrl,
  extraFields: anyObject,
  apiTaskQueue: nonEmptyString,
});

/**
 * Checks the input of `agentRun`, before anything is sent.
 *
 * @throws ApplicationFailure `Duvo.InvalidInput`, whose first detail is `{field, problem}`; it never holds the value.
 */
export function parseRunInput(input: unknown): RunPlan {
  checkAgentRunInput(input, '');
  const { agentId, runId, message, sandboxId, key, deadline, watch, onCancel, gate, apiTaskQueue, ...rest } =
    input as AgentRunInput;
  const { resume, output, webhookUrl, extraFields } = rest;
  if (!agentId && !runId)
    failInvalidInput('agentId', 'is missing: give agentId to start a run, or runId to attach to one');
  if (agentId && runId)
    failInvalidInput('runId', 'does not go with agentId: give agentId to start a run, or runId to attach to one');
  if (runId) {
    for (const [field, value] of Object.entries({ message, sandboxId, key, webhookUrl, extraFields })) {
      if (value) failInvalidInput(field, 'does not go with runId: a run that one attaches to was started already');
    }
  }
  if (gate?.onTimeout && gate.onTimeout !== 'hold' && !gate.due) {
    failInvalidInput('gate.due', `is missing: onTimeout '${gate.onTimeout}' needs the time after which it happens`);
  }
  const steps = watch?.every?.map((step) => ({
    ...(step.until !== undefined && step.until !== null && { untilMs: toMs(step.until) }),
    everyMs: toMs(step.every),
  }));
  const lastStepMs = steps?.[steps.length - 1]?.everyMs ?? 0;
  return {
    ...(agentId ? { agentId } : { runId }),
    ...(message && { message }),
    ...(sandboxId && { sandboxId }),
    ...(key && { key }),
    ...(deadline && { deadlineMs: toMs(deadline) }),
    pollSteps: steps ?? DEFAULT_POLL_STEPS,
    gatePollMs: watch?.atGate ? toMs(watch.atGate) : Math.max(DEFAULT_GATE_POLL_MS, lastStepMs),
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
