import { FailureTypes } from '../../contract/failures';
import { type GateRecord, listOpenGates, acceptAnswer } from './gate-book';
import type { LiveRun } from '../run/live-run';
import { closeRun, endCancelled, stopUnlessAbandoned } from '../run/end-run';
import { runFailure } from '../run/run-failures';
import { closeUnanswered } from '../run/run-machine';

/** A gate that nobody has answered in time. */
export function findOverdueGate(run: LiveRun): GateRecord | undefined {
  return msUntilNextDue(run) <= 0
    ? gatesWithTimeout(run).find(({ dueMs = Infinity }) => dueMs <= Date.now())
    : undefined;
}

/** Milliseconds until the next gate is due. */
export function msUntilNextDue(run: LiveRun): number {
  return Math.min(Infinity, ...gatesWithTimeout(run).map(({ dueMs = Infinity }) => dueMs - Date.now()));
}

function gatesWithTimeout({ plan, memory }: LiveRun): GateRecord[] {
  return plan.onTimeout === 'hold' ? [] : listOpenGates(memory).filter(({ taken }) => !taken);
}

export async function applyGateTimeout(run: LiveRun, record: GateRecord): Promise<void> {
  const { onTimeout } = run.plan;
  const { dueMs } = record;
  delete record.dueMs;
  if (onTimeout === 'fail' || record.gate.type === 'question') {
    await run.pollNow();
    if (record.gate.status !== 'open' || run.cancelled) return;
    if (!record.taken) await failOnGateTimeout(run, record);
    // A person was quicker. Should Duvo refuse that answer, the time is over all the same.
    record.dueMs = dueMs;
  } else {
    const { gateId } = record.gate;
    acceptAnswer(record, { gateId, approved: onTimeout === 'approve', by: '', timedOut: true });
  }
}

/** Ends the run over a gate that nobody has answered. */
export async function failOnGateTimeout(run: LiveRun, record: GateRecord): Promise<never> {
  const { memory } = run;
  closeUnanswered(memory, record, 'timed-out', Date.now());
  const stop = await stopUnlessAbandoned(run);
  if (run.cancelled) return endCancelled(run, stop);
  const message = `gate ${record.gate.gateId} was not answered in time`;
  throw closeRun(run, runFailure(FailureTypes.GateTimedOut, message, memory, stop));
}
