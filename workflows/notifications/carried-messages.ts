/** The messages about open gates that a process carries through continue-as-new, in its memo. */
import { workflowInfo } from '@temporalio/workflow';
import { MemoKeys } from '../../contract/names';
import { takeWithinBytes } from '../../contract/text/cut-text';
import { type GateBook, type GateRecord, listOpenGates } from '../gates/gate-book';

/** The messages of one gate. A gate with another request is another gate, although it may have the same id. */
interface CarriedMessages extends Pick<GateRecord, 'messages'> {
  gateId: string;
  requestHash: string;
  notifications?: GateRecord['gate']['notifications'];
}

interface Carried {
  /** Temporal's run id of the execution before. A retry inherits the memo, and does not continue that execution. */
  continues: string;
  gates: CarriedMessages[];
}

/** The messages that do not fit are sent again by the next execution. */
const MAX_CARRIED_BYTES = 30_000;

/** Returns the field of the next execution's memo; none when no message is open. */
export function messagesMemo(book: GateBook): { [MemoKeys.messages]?: Carried } {
  const notified = listOpenGates(book).filter(({ messages }) => messages);
  if (notified.length === 0) return {};
  const gates = notified.map(({ gate, messages }) => {
    const { gateId, requestHash, notifications } = gate;
    // The events of the gate stay with this execution.
    const carried = messages?.map(({ reported: _, ...message }) => message);
    return { gateId, requestHash, messages: carried, ...(notifications && { notifications }) };
  });
  return {
    [MemoKeys.messages]: { continues: workflowInfo().runId, gates: takeWithinBytes(gates, MAX_CARRIED_BYTES) },
  };
}

/** Gives a gate the messages that the execution before has sent about it, so that they are not sent again. */
export function adoptMessages({ gate, messages }: GateRecord): void {
  const { memo, continuedFromExecutionRunId } = workflowInfo();
  const carried = memo?.[MemoKeys.messages] as Carried | undefined;
  if (!messages || !carried || carried.continues !== continuedFromExecutionRunId) return;
  const sent = carried.gates.find(
    ({ gateId, requestHash }) => gateId === gate.gateId && requestHash === gate.requestHash,
  );
  if (!sent) return;
  for (const message of messages)
    Object.assign(
      message,
      sent.messages?.find(({ channel }) => channel === message.channel),
    );
  if (sent.notifications) gate.notifications = sent.notifications;
}
