/** What a run does with its gates: it delivers answers to Duvo and applies the policy for a gate that is overdue. */
import { FailureTypes } from '../../contract/failures';
import { markDeliveryEnded } from '../gates/delivery-state';
import { applyComputedDue } from '../gates/due-date';
import {
  acceptAnswer,
  type AnsweredGateRecord,
  type GateRecord,
  listOpenGates,
  removeAcceptedAnswer,
} from '../gates/gate-book';
import { isActivityCancellation } from '../process/activity-proxies';
import { closeWithFailure, endCancelled, readLastMessage, stopUnlessAbandoned } from './end-run';
import type { LiveRun } from './live-run';
import { applicationCause, isContentRefused, mayHaveTakenEffect, runFailure } from './run-failures';
import {
  applyAnsweredElsewhere,
  applyDelivery,
  applyDeliveryRefusal,
  applyDeliveryStart,
  applyUnconfirmedDelivery,
  closeUnanswered,
} from './run-machine';

/** Delivers an answer. A delivery that does not succeed by the deadline leaves the gate as it is. */
export async function deliverAnswer(run: LiveRun, record: AnsweredGateRecord): Promise<void> {
  const { memory, messages } = run;
  run.watch.cancel();
  const { acceptedAnswer } = record;
  applyDeliveryStart(memory, record, Date.now());
  run.timers.update();
  try {
    const verdict = await run.calls.deliverAnswer(record);
    if (verdict === 'delivered') applyDelivery(memory, record, Date.now());
    else if (verdict === 'withdrawn') closeUnanswered(memory, record, 'withdrawn', Date.now());
    else if (verdict === 'unconfirmed') applyUnconfirmedDelivery(memory, record, Date.now());
    else if (verdict === 'answered-unconfirmed')
      applyUnconfirmedDelivery(memory, record, Date.now(), 'answered-elsewhere');
    else applyAnsweredElsewhere(memory, record, Date.now());
  } catch (error) {
    const failure = applicationCause(error);
    const isRefused = failure !== undefined && isContentRefused(failure);
    // The cancellation or the deadline ended the delivery. The polls that follow show whether the answer has arrived.
    if (!isRefused && (run.cancelled || isActivityCancellation(error))) return markDeliveryEnded(record, Date.now());
    if (failure) messages.refusals.set(acceptedAnswer, failure);
    // The end of the workflow closes the gate of an answer that may have arrived.
    if (!failure || mayHaveTakenEffect(failure)) throw error;
    applyDeliveryRefusal(memory, record, Date.now(), failure.message);
    run.timers.update();
    // Only a verdict of Duvo on the answer has consequences for the agent. Any other failure leaves the agent alone.
    if (!isRefused) throw error;
    await run.pollNow();
    if (acceptedAnswer.timedOut && record.gate.status === 'open') await failOnGateTimeout(run, record);
  }
}

/** Returns a gate that nobody has answered in time. */
export function findOverdueGate({ memory }: LiveRun): GateRecord | undefined {
  // The policy is not applied while a read is awaited that decides whether the gate was answered in Duvo.
  return listOpenGates(memory).find((record) => record.isOverdue && !record.acceptedAnswer && isWaitedAt(record));
}

/** Returns a gate whose business due time is not known yet. */
export function findUndatedGate({ memory }: LiveRun): GateRecord | undefined {
  return listOpenGates(memory).find(({ pendingDue, acceptedAnswer }) => pendingDue && !acceptedAnswer);
}

/** Computes the business due time of a gate. */
export async function dateGate(run: LiveRun, record: GateRecord): Promise<void> {
  const { pendingDue } = record;
  if (!pendingDue) return;
  try {
    const computed = await run.calls.computeDue(record, pendingDue);
    // An admin may have set another due time, and an answer may have closed the gate.
    if (record.pendingDue === pendingDue) applyComputedDue(record, pendingDue.rule, computed);
  } catch (error) {
    if (!run.cancelled) throw error;
  }
}

/** Whether the run waits at the gate, as far as the last read shows. */
function isWaitedAt({ gate, missingSinceMs }: GateRecord): boolean {
  return gate.status === 'open' && missingSinceMs === undefined;
}

export async function applyGateTimeout(run: LiveRun, record: GateRecord): Promise<void> {
  const { onTimeout } = record;
  delete record.isOverdue;
  if (onTimeout === 'fail' || record.gate.type !== 'approval') {
    await run.pollNow();
    // An admin may have moved the due time during the poll.
    if (record.gate.status !== 'open' || record.due || run.cancelled) return;
    if (!record.acceptedAnswer && isWaitedAt(record)) return failOnGateTimeout(run, record);
    // A person answered during the poll, here or in Duvo. If that answer does not count, the gate is overdue again.
    record.isOverdue = true;
  } else {
    const { gateId } = record.gate;
    acceptAnswer(record, { gateId, approved: onTimeout === 'approve', by: '', timedOut: true });
  }
}

/**
 * Stops the run and fails, because nobody has answered a gate in time. Returns without a stop when the gate was answered in
 * Duvo, and also when the run has completed meanwhile, but not when it completed because the stop denied an approval.
 */
async function failOnGateTimeout(run: LiveRun, record: GateRecord): Promise<void> {
  const { memory } = run;
  // This answer makes the gate refuse all others. The poll before the stop may show that the gate was answered in Duvo.
  acceptAnswer(record, { gateId: record.gate.gateId, by: '', timedOut: true });
  const stopOutcome = await stopUnlessAbandoned(run, () => isWaitedAt(record));
  if (!stopOutcome) {
    if (record.gate.status === 'open') {
      removeAcceptedAnswer(record);
      record.isOverdue = true;
    }
    return;
  }
  if (record.gate.status === 'open' && !record.mayBeDeniedByStop)
    closeUnanswered(memory, record, 'timed-out', Date.now());
  if (run.hasDoneItsWork) return;
  if (run.cancelled) return endCancelled(run, stopOutcome);
  const message = `gate ${record.gate.gateId} was not answered in time`;
  const lastMessage = await readLastMessage(run);
  throw closeWithFailure(run, () =>
    runFailure(FailureTypes.GateTimedOut, message, memory, { stopOutcome, lastMessage }),
  );
}
