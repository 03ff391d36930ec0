/** The JSON shapes of the faults of a read: a read that Duvo did not answer, or whose answer says nothing of the run. */

/** A kind of fault since its first occurrence. `sinceMs` is Temporal's time, in milliseconds. */
export interface FaultSpan {
  sinceMs: number;
  times: number;
}

/** The faults of a step since its last good answer, as the attempts pass them on. */
export interface FaultHistory {
  sinceMs: number;
  attempts: number;
  /** The last fault, and how many times in succession it occurred. */
  last: { type: string; status?: number; code?: string; requestId?: string; field?: string; times: number };
  /** Responses with status 409. */
  conflict?: FaultSpan;
  /** Answers that are no verdict: a page of a proxy, an empty body, a credential that is refused. */
  unreadable?: FaultSpan;
  /** Answers in which the API itself says that the resource does not exist, or that the request is invalid. */
  refused?: FaultSpan;
}

/** The faults of a run's polls that its workflow has received. Times are in milliseconds of workflow time. */
export interface KnownFaults {
  faults: FaultHistory;
  nextPollAtMs: number;
  /** Until this time, Duvo accepts no poll, also when a hint arrives. */
  notBeforeMs: number;
}

/** Why a run cannot be read at present. Times are ISO 8601. */
export interface ReadFault {
  /** Failure type of the last poll, such as `Duvo.Unauthorized`. */
  type: string;
  status?: number;
  /** Duvo's error code. */
  code?: string;
  /** Duvo's id of the request. */
  requestId?: string;
  /** The part of the response that could not be read. */
  field?: string;
  /** When the first of the polls was made that failed in succession. */
  since: string;
  /** When the next poll is made; the polls after it have the interval of `watch`. */
  nextPoll: string;
}
