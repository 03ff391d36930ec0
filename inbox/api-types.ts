/** The JSON of the inbox's API, which its page and its server share. */
import type { ListedGate } from '../contract/gates/gate-summary';
import type { Gate, SubmitAnswerResult } from '../contract/gates/gates';

/** A person as the inbox has authenticated them. */
export interface Person {
  /** The name in receipts. */
  by: string;
  groups?: string[];
}

/** Response of `GET /api/gates`. */
export interface GateListResponse {
  person: Person;
  gates: ListedGate[];
  /** Number of open gates without the filters. */
  openCount: number;
  /** The values by which the list can be filtered. */
  processes: string[];
  agents: string[];
}

/** Response of `GET /api/gates/:ref`. */
export interface GateResponse {
  gate: Gate;
  /** Whether the gate is open, and its policy lets the person answer it now. */
  mayAnswer: boolean;
}

/** Response of `POST /api/gates/:ref/answer`. The gate is absent when it could not be read after the answer. */
export interface AnswerResponse extends Partial<GateResponse> {
  verdict: SubmitAnswerResult;
}

/** Response to a request that was refused. */
export interface ErrorResponse {
  /** A failure type of the contract, or one of the inbox, which begins with `Inbox.` */
  type: string;
  message: string;
  /** The gate as it is now, when an answer was refused because of its state. */
  gate?: Gate;
}

/** Data of the event `gates`. */
export interface FeedState {
  /** Changes with each change of the list. */
  revision: number;
  /** Whether the last read of the list succeeded. */
  isAvailable: boolean;
}
