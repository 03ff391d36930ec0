import { FailureTypes } from '../../contract/run-contract';
import { type GateRecord, openGates, takeAnswer } from './gate-book';
import type { LiveRun } from '../run/live-run';
import { close, endCancelled, stopRemote } from '../run/run-ends';
import { runFailure } from '../run/run-failures';
import { closeUnanswered } from '../run/run-machine';

/** A gate that nobody has answered in time. */
export function dueGate(run: LiveRun): GateRecord | undefined {
  return nextDueIn(run) <= 0 ? policed(run).find(({ dueMs = Infinity }) => dueMs <= Date.now()) : undefined;
}

/** Milliseconds until the next gate is due. */
export function nextDueIn(run: LiveRun): number {
  return Math.min(Infinity, ...policed(run).map(({ dueMs = Infinity }) => dueMs - Date.now()));
}

function policed({ plan, memory }: LiveRun): GateRecord[] {
  return plan.onTimeout === 'hold' ? [] : openGates(memory).filter(({ taken }) => !taken);
}

export async function applyTimeout(run: LiveRun, record: GateRecord): Promise<void> {
  const { onTimeout } = run.plan;
  const { dueMs } = record;
  delete record.dueMs;
  if (onTimeout === 'fail' || record.gate.type === 'question') {
    await run.look();
    if (record.gate.status !== 'open' || run.cancelled) return;
    if (!record.taken) await timeOut(run, record);
    // A person was quicker. Should Duvo refuse that answer, the time is over all the same.
    record.dueMs = dueMs;
  } else {
    const { gateId } = record.gate;
    takeAnswer(record, { gateId, approved: onTimeout === 'approve', by: '', timedOut: true });
  }
}

/** Ends the run over a gate that nobody has answered. */
export async function timeOut(run: LiveRun, record: GateRecord): Promise<never> {
  const { memory } = run;
  closeUnanswered(memory, record, 'timed-out', Date.now());
  const stop = await stopRemote(run);
  if (run.cancelled) return endCancelled(run, stop);
  const message = `gate ${record.gate.gateId} was not answered in time`;
  throw close(run, runFailure(FailureTypes.GateTimedOut, message, memory, stop));
}
