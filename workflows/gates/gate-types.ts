/** The state of a workflow's gates. It is plain JSON, so that continue-as-new can carry it. */
import type { Duration } from '../../contract/durations';
import type { BusinessCalendar } from '../../contract/gates/times/calendar';
import type { GateTimeoutAction, RecordedPolicy } from '../../contract/gates/gate-policy';
import type { Gate, GateAnswer, UnusedAnswer } from '../../contract/gates/gates';
import type { Vote } from './count-votes';
import type { GateReceipt, ReceiptHead } from '../../contract/gates/receipts';

/** An answer that was accepted and is to be delivered. */
export interface AcceptedAnswer extends GateAnswer {
  /** Nobody answered in time, and this is the answer of the gate's policy. */
  timedOut?: boolean;
  /** Set when the delivery starts. Duvo may have the answer from then on. */
  deliveryStarted?: boolean;
  /** When the delivery ended without a verdict, in workflow time; absent once `isStaleRequestOver` is set. */
  sentUntilMs?: number;
  /** The time has passed in which Duvo may show the request as open although it has the answer. */
  isStaleRequestOver?: boolean;
  /** Duvo showed the request as open after that: the answer is missing, or the read met a replica that lags. */
  wasSeenOpen?: boolean;
  /** Duvo showed the request as open so long after the delivery that Duvo does not have the answer. */
  isKnownMissing?: boolean;
}

/** A gate with the state of its answer. */
export interface GateRecord {
  gate: Gate;
  acceptedAnswer?: AcceptedAnswer;
  /** What happens when the gate is due. @default nothing */
  onTimeout?: GateTimeoutAction;
  /** When `onTimeout` applies; absent when it keeps waiting, and once the gate is overdue. */
  due?: GateTime;
  /** The time for an answer has passed, and the gate's policy was not applied. */
  isOverdue?: boolean;
  /** The next reminders, by the entries of the policy. */
  reminders?: ReminderTime[];
  /** The next step of the escalation. */
  escalation?: EscalationTime;
  /** A business due time that is being computed, and when it begins. */
  pendingDue?: { rule: string; fromMs: number };
  /** The calendar of business due times. */
  calendar?: BusinessCalendar;
  /** Number of changes by hand. */
  changes?: number;
  /** The votes on an open approval with a policy, one for each of the gate's decisions. */
  votes?: Vote[];
  /** The messages about the gate; absent when the policy names no channel, and once they are being settled. */
  messages?: NotificationState[];
  /** Number of deliveries that Duvo refused. */
  refusedDeliveries?: number;
  /** When a read first did not show the request of this open gate, in workflow time. One read may be outdated. */
  missingSinceMs?: number;
  /** Present when the request had a gate before, which was closed although nobody had answered. The first gate has no `nth`. */
  reopened?: { requestId: string; nth: number };
  /** When Duvo accepted an answer to the request, or the denial of a stop, in workflow time. */
  acceptedByDuvoAtMs?: number;
  /** The stop of the run has sent a denial, and it is not known whether Duvo has it. */
  mayBeDeniedByStop?: boolean;
  /** Size of the closed gate as JSON. */
  closedBytes?: number;
  /** Whether the texts of this closed gate were cut, because the closed gates together exceeded their limit. */
  isShort?: true;
}

/** A time that a timer waits for. A moved time is another object, for which another timer is started. */
export interface GateTime {
  /** In workflow time. */
  atMs: number;
}

export interface ReminderTime extends GateTime {
  /** Index of the entry in the policy. */
  entry: number;
  /** Number of the reminder of this entry. The first is 1. */
  nth: number;
}

export interface EscalationTime extends GateTime {
  /** Index of the step in the policy. */
  step: number;
}

/** A gate whose answer was accepted. */
export type AnsweredGateRecord = GateRecord & { acceptedAnswer: AcceptedAnswer };

export interface GateBook {
  workflowId: string;
  gates: GateRecord[];
  /** Answers by signal to gates that are not open yet. */
  earlyAnswers: EarlyAnswer[];
  unusedAnswers: UnusedAnswer[];
  receipts: ReceiptLog;
  /** Number of unused answers that are not listed, because the list has reached its limit. */
  omittedAnswers?: number;
  /** Number of closed gates that were removed from `gates`, because the closed gates together exceeded their limit. */
  omittedGates?: number;
  /**
   * Ids of the gates that `omittedGates` counts. Only the book of a process (a user's workflow with gates) has them. A
   * process chooses the ids of its gates and may use one again, and continue-as-new does not carry its book.
   */
  omittedIds?: string[];
}

/** An answer by signal to a gate that is not open yet. */
interface EarlyAnswer {
  answer: GateAnswer;
  at: number;
  /** Size of the answer as JSON. */
  bytes: number;
}

/** When a gate is due, who may answer it, how many must approve, and which channels report it. */
export interface GateTerms {
  /** As in the policy. */
  due?: Duration;
  calendar?: BusinessCalendar;
  onTimeout?: GateTimeoutAction;
  policy?: RecordedPolicy;
  notify?: string[];
}

/** The message about an open gate to one channel. */
export interface NotificationState {
  channel: string;
  /** The id of the message; absent before the first attempt. */
  id?: string;
  /**
   * `refused`: the channel does not have the message. `unconfirmed`: the message was given up, and may have arrived. Absent
   * while the message is to be sent.
   */
  status?: 'sent' | 'refused' | 'unconfirmed';
  /** What the channel returned, for the update of the message. */
  data?: unknown;
  /** Number of the gate's events that the channel knows, those included that were left out. @default 0 */
  reported?: number;
}

/** The content of a gate. */
export type GateRequest = Pick<Gate, 'gateId' | 'source' | 'type' | 'title' | 'description' | 'questions'>;

/** The receipts of this execution, and the head of the chain, which earlier executions may have begun. */
export interface ReceiptLog extends ReceiptHead {
  receipts: GateReceipt[];
  /** Size of `receipts` as JSON. */
  bytes: number;
  /** Number of the oldest receipts that are not in `receipts` any more. */
  omitted?: number;
}
