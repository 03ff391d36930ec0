/** The JSON shapes of gates and of the answers to them. Times are ISO 8601. */
import type { DueCalendar } from './times/due-times';
import type { GateEvent } from './gate-events';
import type { GateDecision, RecordedPolicy } from './gate-policy';
import type { GateNotification } from './notifications';

export interface GateQuestion {
  question: string;
  header?: string;
  /** When absent or empty, the answer is free text. */
  options?: { label: string; description?: string }[];
  multiSelect?: boolean;
}

export type GateOutcome = 'approved' | 'denied' | 'answered' | 'answered-elsewhere' | 'timed-out' | 'withdrawn';

/** A question that a person must answer before the work continues. */
export interface Gate {
  gateId: string;
  /** Workflow id and gate id in one string, as `gate answer` accepts it. */
  ref: string;
  /** `duvo`: the agent asks, through Duvo. `process`: the workflow itself asks. */
  source: 'duvo' | 'process';
  /** `unknown`: a request of a kind that this version does not know. It can be answered in Duvo only. */
  type: 'approval' | 'question' | 'unknown';
  title: string;
  description?: string;
  questions?: GateQuestion[];
  /** SHA-256 of the request as shown: of the canonical JSON of source, type, title, description and questions. */
  requestHash: string;
  openedAt: string;
  /** Absent also while a business due time is being computed. */
  due?: string;
  /** How a business due time was computed. */
  dueCalendar?: DueCalendar;
  status: 'open' | 'closed';
  outcome?: GateOutcome;
  /** The person who answered. */
  by?: string;
  /** When the gate was closed. */
  at?: string;
  /** The channel that the answer named, such as `inbox`; otherwise the message, `signal` or `update`. */
  via?: string;
  comment?: string;
  /**
   * An answer, or the denial of a stop, was sent to Duvo, and it is not known whether it arrived. `by` gave the answer; it is
   * absent when the gate's policy or the stop did.
   */
  delivery?: 'unconfirmed';
  /** Who may answer and how many must approve; absent when anybody may answer and one approval decides. */
  policy?: RecordedPolicy;
  /** The verdicts of people on an approval with a policy, in their order. A long comment is cut. */
  decisions?: GateDecision[];
  /** Number of approvals so far; present when more than one is needed. */
  approvals?: number;
  /** Number of approvals that decide; present when it is more than one. */
  needed?: number;
  /** What became of the messages to the channels of the policy, in the order in which this became known. */
  notifications?: GateNotification[];
  /** What happened to the gate besides its answers, the oldest first. */
  events?: GateEvent[];
  /** Number of the oldest events that are left out, because the events of a gate have a limit. */
  omittedEvents?: number;
}

/** Argument of the query `gates`. */
export interface GatesQuery {
  /** Only the gate with this id. @default all gates */
  gateId?: string;
  /**
   * The id of the last gate of the page before. The first page is returned again when that gate was removed from memory,
   * where closed gates have a limit. @default the first page
   */
  after?: string;
}

/** The maximum size of a page of the query `gates`, as JSON. A page has at least one gate. */
export const MAX_GATES_PAGE_BYTES = 1_000_000;

/** A person's answer. */
export interface HumanAnswer {
  /** For an approval. */
  approved?: boolean;
  /** For questions, keyed by the text of the question. The answer to a multi-select is a list of labels. */
  answers?: Record<string, string | string[]>;
  /** The person who answers, as the audit shall name them. */
  by: string;
  /** The groups of the person, as the channel of the answer has authenticated them. At most 200. */
  groups?: string[];
  comment?: string;
  /** The channel that has authenticated the person, such as `inbox`. @default the message, `signal` or `update` */
  via?: string;
  /** The `requestHash` of the gate that the person saw. An answer to another request is refused as `Duvo.AnswerStale`. */
  requestHash?: string;
}

/** Payload of the signal `answerGate` and of the update `submitAnswer`. */
export interface GateAnswer extends HumanAnswer {
  gateId: string;
}

/** An answer as Duvo's API accepts it. Several labels of a multi-select are joined by commas (Duvo API, bodies: respond). */
export type DuvoAnswer = { approved: boolean } | { answers: Record<string, string> };

/** Result of the update `submitAnswer`, after the delivery to Duvo. */
export interface SubmitAnswerResult {
  gateId: string;
  /** `open`: the approval was counted, and more people must approve. */
  status: 'open' | 'closed';
  /** Absent while the gate is open. */
  outcome?: GateOutcome;
  /** When the gate was closed, or the approval was counted. */
  at: string;
  /** As in {@link Gate}. */
  approvals?: number;
  needed?: number;
  /** As in {@link Gate}. */
  delivery?: 'unconfirmed';
}

/** An answer by signal that was not used, with the reason. The text of the answer is not kept. */
export interface UnusedAnswer {
  gateId: string;
  by: string;
  at: string;
  reason: string;
}
