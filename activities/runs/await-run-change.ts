import type { PollSchedule } from '../../contract/run-input';
import type { DuvoClient } from '../../duvo';
import { activityAgeMs, unchangedFailure } from '../failures';
import { cancellationSignal, runHttpAttempt } from '../http-attempt';
import { type RunSnapshot, readRunSnapshot } from './run-snapshot';

export interface AwaitRunChangeInput {
  runId: string;
  /** What the workflow has seen. `endedAt` is the end that a resumed run may still show; '' when Duvo told none. */
  seen: { status: string; requestId?: string; endedAt?: string };
  /** How old what is waited for was when this activity was scheduled, in milliseconds. */
  ageMs: number;
  every: PollSchedule;
}

/**
 * Returns as soon as the run is not as the workflow has seen it. The attempts are the polls: one that sees nothing new
 * fails, benignly, with the time to the next one, so that between polls nothing runs and the Temporal server keeps the
 * timer. A poll that meets a fault waits the interval as well (or longer, when Duvo asks for it), never an exponent of
 * the attempt's number.
 */
export function createAwaitRunChange(client: DuvoClient) {
  return async function awaitRunChange({ runId, seen, ageMs, every }: AwaitRunChangeInput): Promise<RunSnapshot> {
    const intervalMs = withJitter(pollIntervalMs(every, ageMs + activityAgeMs()));
    const look = await runHttpAttempt(() => readRunSnapshot(client, runId, cancellationSignal()), {
      minDelayMs: intervalMs,
    });
    if (look.status !== seen.status || look.request?.id !== seen.requestId) return look;
    if (seen.endedAt !== undefined && seen.endedAt !== (look.endedAt ?? '')) return look;
    throw unchangedFailure(runId, look.request ? 'waiting for a person' : look.status, intervalMs);
  };
}

function pollIntervalMs(steps: PollSchedule, ageMs: number): number {
  const step = steps.find(({ untilMs }) => untilMs === undefined || ageMs < untilMs) ?? steps[steps.length - 1];
  return step?.everyMs ?? 60_000;
}

/** ± 10 %, so that runs which were started together do not stay together. */
function withJitter(ms: number): number {
  return Math.round(ms * (0.9 + Math.random() / 5));
}
