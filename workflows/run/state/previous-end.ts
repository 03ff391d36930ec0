/**
 * The end of a run from which a message of this workflow reopened it. Duvo may show that end again for some time, also
 * after it has shown the run as running, because two reads may meet two replicas.
 */
import { isTerminalStatus } from '../../../contract/runs';

interface PreviousEnd {
  status: string;
  /** '' when Duvo returned no time for the end. */
  endedAt: string;
  /** When the message was sent, in workflow time. */
  sinceMs: number;
  /** The time has passed in which Duvo may still show this end. */
  isOver?: boolean;
}

export interface ReopenableRun {
  status: string;
  /** What the watch compares polls with: the state that Duvo showed last, or must show after an action of ours. */
  lastSeen: { status: string; requestId?: string; endedAt?: string };
  /** When the run ended, by Duvo's clock. */
  endedAt?: string;
  previousEnd?: PreviousEnd;
}

type PolledEnd = Pick<ReopenableRun, 'status' | 'endedAt'>;

/** Records that a message to the ended run is being sent. The end that Duvo shows from then on may be outdated. */
export function applyMessageStart(run: ReopenableRun, now: number): void {
  const { status, endedAt = '' } = run;
  run.previousEnd = { status, endedAt, sinceMs: now };
  run.lastSeen = { status, endedAt };
}

/** Records that the time has passed in which Duvo may still show the previous end: a poll that shows it is a change. */
export function applyPreviousEndOver(run: ReopenableRun): void {
  if (!run.previousEnd) return;
  run.previousEnd.isOver = true;
  run.lastSeen = { status: run.status };
}

/** Whether a message to the run that has ended may have been sent. */
export function isMessageStarted(run: ReopenableRun): boolean {
  return isTerminalStatus(run.status) && isPreviousEnd(run, run);
}

/** Whether a poll shows the end from which the run was reopened. */
export function isPreviousEnd({ previousEnd }: ReopenableRun, polled: PolledEnd): boolean {
  return previousEnd?.status === polled.status && previousEnd.endedAt === (polled.endedAt ?? '');
}

/**
 * When a poll shows the previous end, makes the watch wait for a change from that end.
 *
 * @returns whether the poll shows the previous end, within the time in which Duvo may still show it
 */
export function applyPreviousEnd(run: ReopenableRun, polled: PolledEnd): boolean {
  const { previousEnd } = run;
  if (!previousEnd || !isPreviousEnd(run, polled) || previousEnd.isOver) {
    // Without a time, the next end cannot be distinguished from the previous one once the run was seen to continue.
    if (isTerminalStatus(polled.status) || previousEnd?.endedAt === '') delete run.previousEnd;
    return false;
  }
  run.lastSeen = { status: previousEnd.status, endedAt: previousEnd.endedAt };
  return true;
}
