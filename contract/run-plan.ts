/** The plan of an agent run: its input with all defaults, as the workflow uses it. */
import { type Duration, toMs } from './durations';
import type { BusinessCalendar } from './gates/times/calendar';
import { type GateTimeoutAction, type RecordedPolicy, toRecordedPolicy } from './gates/gate-policy';
import { DEFAULT_API_TASK_QUEUE } from './names';
import { checkRunInput, type OutputPolicy, type WatchOptions } from './run-input';

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
  /** Time between the two reads after which a request that neither of them shows counts as gone. */
  confirmReadMs: number;
  faultTimeoutMs: number;
  onCancel: 'stop' | 'abandon';
  /** When a gate of the run is due, as in the input. */
  gateDue?: Duration;
  gateCalendar?: BusinessCalendar;
  /** Who may answer the gates of the run, and how many must approve. */
  gatePolicy?: RecordedPolicy;
  onTimeout: GateTimeoutAction;
  /** Names of the channels that report the gates of the run. */
  gateNotify?: string[];
  apiTaskQueue: string;
  resume: { times: number; message: string };
  output?: OutputPlan;
  webhookUrl?: string;
  extraFields?: Record<string, unknown>;
}

/** How long Duvo may show the end of a run after it has accepted a message that resumes the run. */
export const MAX_STALE_END_MS = 10 * 60_000;

/** How long Duvo may show a request as open after it has accepted the answer: a read may meet a replica that lags. */
export const MAX_STALE_REQUEST_MS = 10 * 60_000;

/** Duvo's advice: 5–10 s for young runs, 30 s until 15 minutes, 60–120 s beyond (Duvo API, retry guidance). */
const DEFAULT_POLL_SCHEDULE: PollSchedule = [
  { untilAgeMs: 120_000, intervalMs: 5_000 },
  { untilAgeMs: 900_000, intervalMs: 30_000 },
  { intervalMs: 60_000 },
];
const DEFAULT_GATE_POLL_INTERVAL_MS = 60_000;
const DEFAULT_FAULT_TIMEOUT_MS = 3_600_000;

/**
 * Checks the input of `agentRun` before anything is sent, and adds the defaults.
 *
 * @throws ApplicationFailure `Duvo.InvalidInput`, whose first detail is `{field, problem}`; it never contains the value.
 */
export function parseRunInput(input: unknown): RunPlan {
  checkRunInput(input);
  const { agentId, runId, message, sandboxId, key, deadline, watch, onCancel, gate, ...rest } = input;
  const { resume, output, webhookUrl, extraFields, apiTaskQueue } = rest;
  const gatePolicy = gate ? toRecordedPolicy(gate) : undefined;
  return {
    ...(agentId ? { agentId } : { runId }),
    ...(message && { message }),
    ...(sandboxId && { sandboxId }),
    ...(key && { key }),
    ...(deadline && { deadlineMs: toMs(deadline) }),
    ...toPollPlan(watch),
    onCancel: onCancel ?? 'stop',
    ...(gate?.due && { gateDue: gate.due }),
    ...(gate?.calendar && { gateCalendar: gate.calendar }),
    ...(gatePolicy && { gatePolicy }),
    onTimeout: gate?.onTimeout ?? 'hold',
    ...(gate?.notify?.length && { gateNotify: gate.notify }),
    apiTaskQueue: apiTaskQueue ?? DEFAULT_API_TASK_QUEUE,
    resume: { times: resume?.times ?? 0, message: resume?.message ?? 'Please continue.' },
    ...(output && { output: { ...output, attempts: output.attempts ?? 3 } }),
    ...(webhookUrl && { webhookUrl }),
    ...(extraFields && { extraFields }),
  };
}

function toPollPlan(
  watch: WatchOptions | undefined,
): Pick<RunPlan, 'pollSchedule' | 'gatePollIntervalMs' | 'confirmReadMs' | 'faultTimeoutMs'> {
  const schedule = watch?.every?.map(({ until, every }) => ({
    ...(until !== undefined && until !== null && { untilAgeMs: toMs(until) }),
    intervalMs: toMs(every),
  }));
  const lastIntervalMs = schedule?.at(-1)?.intervalMs ?? 0;
  const pollSchedule = schedule ?? DEFAULT_POLL_SCHEDULE;
  return {
    pollSchedule,
    confirmReadMs: Math.min(...pollSchedule.map(({ intervalMs }) => intervalMs)),
    gatePollIntervalMs: watch?.atGate ? toMs(watch.atGate) : Math.max(DEFAULT_GATE_POLL_INTERVAL_MS, lastIntervalMs),
    faultTimeoutMs: watch?.faultTimeout ? toMs(watch.faultTimeout) : DEFAULT_FAULT_TIMEOUT_MS,
  };
}
