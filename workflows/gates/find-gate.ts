import { FailureTypes } from '../../contract/failures';
import { describeClosedGate } from '../../contract/gates/closed-gate-text';
import type { GateBook, GateRecord } from './gate-types';

export type GateRefusal<T extends string = string> = { fits: false; type: T; reason: string };

/** Finds a gate that a person may still answer or change; otherwise the result has the reason. */
export function findUndecidedGate(
  book: GateBook,
  gateId: string,
): { fits: true; record: GateRecord } | GateRefusal<'Duvo.GateUnknown' | 'Duvo.GateClosed'> {
  const record = book.gates.find(({ gate }) => gate.gateId === gateId);
  if (!record) {
    if (book.omittedIds?.includes(gateId))
      return { fits: false, type: FailureTypes.GateClosed, reason: 'the gate was closed long ago' };
    return { fits: false, type: FailureTypes.GateUnknown, reason: 'no gate with this id was opened' };
  }
  if (record.gate.status === 'closed')
    return { fits: false, type: FailureTypes.GateClosed, reason: describeClosedGate(record.gate) };
  if (record.acceptedAnswer)
    return {
      fits: false,
      type: FailureTypes.GateClosed,
      reason: record.acceptedAnswer.timedOut
        ? 'the time for an answer is over, and the policy of the gate is being applied'
        : `the gate ${record.gate.ref} was answered before by ${record.acceptedAnswer.by}, and that answer is being delivered`,
    };
  return { fits: true, record };
}
