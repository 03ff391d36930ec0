import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { FaultHistory } from '../../contract/read-faults';
import type { PollSchedule } from '../../contract/run-plan';
import type { DuvoClient } from '../../duvo';
import { activityAgeMs } from '../activity-clock';
import { MAX_RETRY_DELAY_MS, unchangedFailure } from '../to-failure';
import { forgetFaults } from '../http-attempt';
import { readRun, type RunSnapshot } from './run-snapshot';

export interface AwaitRunChangeInput {
  runId: string;
  /**
   * The state that the workflow has seen. `endedAt` is the end that a resumed run may still show; it is '' when Duvo
   * returned no time for that end.
   */
  lastSeen: { status: string; requestId?: string; endedAt?: string };
  /** Age of the run's current phase when this activity was scheduled, in milliseconds. */
  ageMs: number;
  pollSchedule: PollSchedule;
  /** How long the run is polled while Duvo's answers say nothing about it, in milliseconds. */
  faultTimeoutMs: number;
  /** Whether to report that the run waits for a person, but that Duvo shows no request. @default false */
  reportMissingRequest?: boolean;
  /** The faults that the workflow has received. */
  faults?: FaultHistory;
  /** Time until the first poll, in milliseconds. @default 0 */
  delayMs?: number;
  /** Whether the first poll is reported, whatever it finds: a hint requested it. @default false */
  reportFirstPoll?: boolean;
  /** Whether the workflow has just read the run, so that the first poll is made after an interval. @default false */
  isJustRead?: boolean;
}

/** The run cannot be read at present. */
export interface RunFault {
  faults: FaultHistory;
  /** Time until the next poll. */
  nextPollMs: number;
  /** Time in which Duvo accepts no poll, also when a hint arrives. */
  minDelayMs: number;
}

const DEFAULT_INTERVAL_MS = 60_000;

/** A single fault is not reported, because most faults are over at the next poll, and a report costs events. */
const MIN_REPORTED_FAULTS = 2;

/**
 * Returns as soon as the run differs from what the workflow has seen. The attempts are the polls: an attempt that finds
 * nothing new fails, benignly, with the delay of the next attempt. So nothing runs between polls, and the Temporal
 * server keeps the timer. An attempt that meets a fault waits for the same interval (or longer, when Duvo requests it)
 * and not for a delay that grows with the number of attempts. A fault that is repeated is returned, too, so that the
 * workflow can show it. A poll that a hint requested returns what it finds: the next hint ends this activity, and with
 * it the faults that only its attempts have counted.
 */
export function createAwaitRunChange(client: DuvoClient) {
  return async function awaitRunChange(input: AwaitRunChangeInput): Promise<RunSnapshot | RunFault> {
    const { runId, lastSeen, ageMs, pollSchedule, faultTimeoutMs, faults: reported, delayMs, reportFirstPoll } = input;
    if (delayMs && Context.current().info.attempt === 1) throw delayedFailure(runId, delayMs, reported);
    const intervalMs = withJitter(pollIntervalMs(pollSchedule, ageMs + activityAgeMs()));
    if (input.isJustRead && Context.current().info.attempt === 1)
      throw unchangedFailure(`run ${runId}`, lastSeen.status || 'read again', intervalMs);
    const polled = await readRun<RunFault>(client, runId, faultTimeoutMs, {
      minDelayMs: intervalMs,
      earlierFaults: reported,
      onFault: (faults, { nonRetryable, nextRetryDelay }, { retryAfterMs = 0 }) => {
        if (nonRetryable || !(reportFirstPoll || isNewFault(faults, reported))) return undefined;
        return { faults, nextPollMs: Number(nextRetryDelay), minDelayMs: Math.min(retryAfterMs, MAX_RETRY_DELAY_MS) };
      },
    });
    if ('faults' in polled || reported || reportFirstPoll) return polled;
    forgetFaults();
    if (polled.status !== lastSeen.status || polled.request?.id !== lastSeen.requestId) return polled;
    if (lastSeen.endedAt !== undefined && lastSeen.endedAt !== (polled.endedAt ?? '')) return polled;
    // The first attempt follows the poll of the workflow at once, and Duvo may show the request a moment later.
    if (
      input.reportMissingRequest &&
      polled.status === 'waiting' &&
      !polled.request &&
      Context.current().info.attempt > 1
    )
      return { ...polled, isRequestMissing: true };
    throw unchangedFailure(`run ${runId}`, polled.request ? 'waiting for a person' : polled.status, intervalMs);
  };
}

/** Whether the workflow must receive these faults, because it has received none, or faults of another type or status. */
function isNewFault({ attempts, last }: FaultHistory, reported: FaultHistory | undefined): boolean {
  if (!reported) return attempts >= MIN_REPORTED_FAULTS;
  const isReported = reported.last.type === last.type && reported.last.status === last.status;
  return !isReported && last.times >= MIN_REPORTED_FAULTS;
}

/** Returns the failure of a first attempt that only waits. Temporal shows it until the next poll. */
function delayedFailure(runId: string, delayMs: number, faults: FaultHistory | undefined): ApplicationFailure {
  const { type, status } = faults?.last ?? { type: 'Duvo.RunUnreadable' };
  return ApplicationFailure.create({
    message: `run ${runId} cannot be read${status ? ` (status ${status})` : ''}; the next poll is in ${(delayMs / 1000).toFixed(1)} s`,
    type,
    nextRetryDelay: delayMs,
  });
}

function pollIntervalMs(schedule: PollSchedule, ageMs: number): number {
  const step = schedule.find(({ untilAgeMs }) => untilAgeMs === undefined || ageMs < untilAgeMs) ?? schedule.at(-1);
  return step?.intervalMs ?? DEFAULT_INTERVAL_MS;
}

/** Varies an interval by ± 10 %, so that runs that were started together are not always polled together. */
function withJitter(ms: number): number {
  return Math.round(ms * (0.9 + Math.random() / 5));
}
