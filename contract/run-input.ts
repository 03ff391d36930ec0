/** The input of an agent run: its JSON shape and its checks. */
import { type Duration, parseDurationMs } from './durations';
import { checkPolicyCombinations, type GatePolicy, gatePolicyFields } from './gates/gate-policy';
import {
  anyObject,
  type Check,
  duration,
  failInvalidInput,
  integer,
  nonEmptyString,
  upToBytes,
  object,
  oneOf,
  positiveDuration,
} from './input-checks';
import { jsonBytes } from './text/cut-text';

/** One step of a poll interval that depends on the age of the run. */
export interface PollInterval {
  /** The step holds until the run has this age. The last step has none. */
  until?: Duration;
  /** Time between two polls. At least 100 ms. */
  every: Duration;
}

export interface WatchOptions {
  /** @default [{ until: '2m', every: '5s' }, { until: '15m', every: '30s' }, { every: '60s' }] */
  every?: PollInterval[];
  /**
   * Time between two polls while a gate is open, when only an answer in Duvo's own UI can change the run.
   * @default '60s', or the last step of `every` when that is slower
   */
  atGate?: Duration;
  /**
   * How long the run is polled while the answers say nothing about it: a page of a proxy, an empty body, a credential that
   * is refused. At least 5 polls are made, then the workflow fails with `Duvo.RunUnreadable`, and the agent is not
   * stopped. A Duvo that cannot be reached is polled without a limit. @default '1h'
   */
  faultTimeout?: Duration;
}

/** An interrupted run is resumed by a message, at most `times` times. After that the run fails. */
export interface ResumePolicy {
  /** 1–100. */
  times: number;
  /** @default 'Please continue.' */
  message?: string;
}

/** The agent's last message must be JSON that fits a schema. If it does not fit, a message requests a valid one. */
export interface OutputPolicy {
  /** A JSON Schema of at most 50,000 bytes: 2020-12, or draft-06 or -07 when `$schema` names one of them. */
  schema: Record<string, unknown>;
  /** How many messages of the agent are checked before the run fails, 1–20. @default 3 */
  attempts?: number;
}

/** Input of the workflow `agentRun`: exactly one of `agentId` (start a run) and `runId` (attach to a run). */
export interface AgentRunInput {
  agentId?: string;
  runId?: string;
  /** The first message to the agent. At most 1,000,000 bytes. */
  message?: string;
  sandboxId?: string;
  /** Idempotency key of the start. The same key gives the same run. @default a key made from the workflow's own ids */
  key?: string;
  /** Limit of the time in Duvo's queue and with the agent, together. The time of people does not count. @default none */
  deadline?: Duration;
  watch?: WatchOptions;
  /** What happens to the Duvo run when the workflow is cancelled, or its deadline passes. @default 'stop' */
  onCancel?: 'stop' | 'abandon';
  gate?: GatePolicy;
  /** What happens when the run is interrupted. @default the run fails with `Duvo.RunInterrupted` */
  resume?: ResumePolicy;
  /** Checks the agent's last message; `output` of the result is then its parsed value. @default not checked */
  output?: OutputPolicy;
  /** Receives the run's events from Duvo; http or https. */
  webhookUrl?: string;
  /** Further fields of the start's body, by their names in the API; dialect `v1` only. */
  extraFields?: Record<string, unknown>;
  /** Task queue of the Duvo activities, for a worker with another `DUVO_API_TASK_QUEUE`. @default 'duvo-api' */
  apiTaskQueue?: string;
}

const MIN_POLL_INTERVAL_MS = 100;
const MAX_POLL_STEPS = 100;
const MAX_SCHEMA_BYTES = 50_000;

/**
 * Limit of a message. Duvo accepts a request of 1 MiB, and Temporal refuses a payload above 2 MB with a message that does
 * not name the cause, so a longer message is refused before anything is sent.
 */
const MAX_MESSAGE_BYTES = 1_000_000;

/**
 * Limits of the other texts. Temporal accepts 2 MB for an input and for what the workflow remembers of the run before its
 * start, when the workflow continues as new.
 */
const MAX_ID_BYTES = 1_000;
const MAX_URL_BYTES = 4_000;
const MAX_FIELDS_BYTES = 100_000;
const MAX_INPUT_BYTES = 1_400_000;

const pollInterval: Check = (value, field) => {
  duration(value, field);
  if ((parseDurationMs(value) ?? 0) < MIN_POLL_INTERVAL_MS)
    failInvalidInput(field, `is shorter than ${MIN_POLL_INTERVAL_MS} ms: give a longer interval`);
};

const pollIntervals: Check = (value, field) => {
  if (!Array.isArray(value) || value.length === 0)
    return failInvalidInput(field, `must be a list such as [{until: '2m', every: '5s'}, {every: '60s'}]`);
  if (value.length > MAX_POLL_STEPS)
    failInvalidInput(field, `has ${value.length} steps; the limit is ${MAX_POLL_STEPS}: give longer steps`);
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
  upToBytes(anyObject, MAX_SCHEMA_BYTES)(schema, `${field}.schema`);
};

const resumePolicy: Check = (value, field) => {
  object({ times: integer(1, 100), message: upToBytes(nonEmptyString, MAX_FIELDS_BYTES) })(value, field);
  if (((value as { times?: unknown }).times ?? undefined) === undefined)
    failInvalidInput(`${field}.times`, 'is missing: give the number of times that an interrupted run is resumed');
};

/** Checks the message of a run. */
export const runMessage: Check = (value, field) => {
  if (typeof value !== 'string') return failInvalidInput(field, 'must be a string');
  const bytes = jsonBytes(value) - '""'.length;
  if (bytes > MAX_MESSAGE_BYTES)
    failInvalidInput(field, `has ${bytes} bytes; the limit is ${MAX_MESSAGE_BYTES}: put the rest into a file`);
};

/** Checks the size of a whole input before it is sent: Temporal refuses a large one without naming the cause. */
export function checkRunInputSize(input: object): void {
  upToBytes(anyObject, MAX_INPUT_BYTES)(input, 'input');
}

const checkFields = object({
  agentId: upToBytes(nonEmptyString, MAX_ID_BYTES),
  runId: upToBytes(nonEmptyString, MAX_ID_BYTES),
  message: runMessage,
  sandboxId: upToBytes(nonEmptyString, MAX_ID_BYTES),
  key: upToBytes(nonEmptyString, MAX_ID_BYTES),
  deadline: positiveDuration,
  watch: object({ every: pollIntervals, atGate: pollInterval, faultTimeout: positiveDuration }),
  onCancel: oneOf('stop', 'abandon'),
  gate: object(gatePolicyFields),
  resume: resumePolicy,
  output: outputPolicy,
  webhookUrl: upToBytes(httpUrl, MAX_URL_BYTES),
  extraFields: upToBytes(anyObject, MAX_FIELDS_BYTES),
  apiTaskQueue: upToBytes(nonEmptyString, MAX_ID_BYTES),
});

/** @throws ApplicationFailure `Duvo.InvalidInput`, whose first detail is `{field, problem}`; it never contains the value */
export function checkRunInput(input: unknown): asserts input is AgentRunInput {
  checkFields(input, '');
  checkFieldCombinations(input as AgentRunInput);
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
  if (gate) checkPolicyCombinations(gate, 'gate.');
}
