/** The state of a workflow's gates. It is plain JSON, so that continue-as-new can carry it. */
import type { RecordedPolicy } from '../../contract/gates/gate-policy';
import type { Gate, GateAnswer, UnusedAnswer } from '../../contract/gates/gates';
import type { Vote } from './count-votes';
import type { GateReceipt, ReceiptHead } from '../../contract/gates/receipts';

/** An answer that was accepted and is to be delivered. */
export interface AcceptedAnswer extends GateAnswer {
  via?: 'signal' | 'update';
  /** Nobody answered in time, and this is the answer of the gate's policy. */
  timedOut?: boolean;
  /** Set when the delivery starts. Duvo may have the answer from then on. */
  deliveryStarted?: boolean;
  /** When the delivery started or, once it has ended without a verdict, when it ended, in workflow time. */
  sentUntilMs?: number;
  /** Duvo showed the request as open after that: the answer is missing, or the read met a replica that lags. */
  wasSeenOpen?: boolean;
  /** Duvo showed the request as open so long after the delivery that Duvo does not have the answer. */
  isKnownMissing?: boolean;
}

/** A gate with the state of its answer. */
export interface GateRecord {
  gate: Gate;
  acceptedAnswer?: AcceptedAnswer;
  /** When the gate is due; absent once the gate's policy was applied. */
  dueAtMs?: number;
  /** The votes on an open approval with a policy, one for each of the gate's decisions. */
  votes?: Vote[];
  /** The messages about the gate; absent when the policy names no channel, and once they are being settled. */
  messages?: NotificationState[];
  /** Number of deliveries that Duvo refused. */
  refusedDeliveries?: number;
  /** The stop of the run has sent a denial, and it is not known whether Duvo has it. */
  mayBeDeniedByStop?: boolean;
  /** Size of the closed gate as JSON. */
  closedBytes?: number;
  /** Whether the texts of this closed gate were cut, because the closed gates together exceeded their limit. */
  isShort?: true;
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
  dueMs?: number;
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
