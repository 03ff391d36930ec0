import type { PollSchedule } from '../../contract/run-plan';
import type { DuvoClient } from '../../duvo';
import { activityAgeMs, unchangedFailure } from '../failures';
import { cancellationSignal, runHttpAttempt } from '../http-attempt';
import { type RunSnapshot, readRunSnapshot } from './run-snapshot';

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
}

const DEFAULT_INTERVAL_MS = 60_000;

/**
 * Returns as soon as the run differs from what the workflow has seen. The attempts are the polls: an attempt that finds
 * nothing new fails, benignly, with the delay of the next attempt. So nothing runs between polls, and the Temporal
 * server keeps the timer. An attempt that meets a fault waits for the same interval (or longer, when Duvo requests it)
 * and not for a delay that grows with the number of attempts.
 */
export function createAwaitRunChange(client: DuvoClient) {
  return async function awaitRunChange(input: AwaitRunChangeInput): Promise<RunSnapshot> {
    const { runId, lastSeen, ageMs, pollSchedule } = input;
    const intervalMs = withJitter(pollIntervalMs(pollSchedule, ageMs + activityAgeMs()));
    const snapshot = await runHttpAttempt(() => readRunSnapshot(client, runId, cancellationSignal()), {
      minDelayMs: intervalMs,
    });
    if (snapshot.status !== lastSeen.status || snapshot.request?.id !== lastSeen.requestId) return snapshot;
    if (lastSeen.endedAt !== undefined && lastSeen.endedAt !== (snapshot.endedAt ?? '')) return snapshot;
    throw unchangedFailure(runId, snapshot.request ? 'waiting for a person' : snapshot.status, intervalMs);
  };
}

function pollIntervalMs(schedule: PollSchedule, ageMs: number): number {
  const step = schedule.find(({ untilAgeMs }) => untilAgeMs === undefined || ageMs < untilAgeMs) ?? schedule.at(-1);
  return step?.intervalMs ?? DEFAULT_INTERVAL_MS;
}

/** Varies an interval by ± 10 %, so that runs that were started together are not always polled together. */
function withJitter(ms: number): number {
  return Math.round(ms * (0.9 + Math.random() / 5));
}
