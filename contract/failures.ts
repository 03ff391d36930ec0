import { ApplicationFailure, TemporalFailure } from '@temporalio/common';

/**
 * Failure types of workflows and of their updates. The types of a single Duvo call (`Duvo.RateLimited`, …) are listed in
 * activities/to-failure.ts; a run that ends because of such a call fails with the call's type.
 */
export const FailureTypes = {
  InvalidInput: 'Duvo.InvalidInput',
  RunFailed: 'Duvo.RunFailed',
  RunInterrupted: 'Duvo.RunInterrupted',
  RunCanceled: 'Duvo.RunCanceled',
  RunGone: 'Duvo.RunGone',
  /** Duvo did not answer with the state of the run for too long. The agent may still work. */
  RunUnreadable: 'Duvo.RunUnreadable',
  RunDeadlineExceeded: 'Duvo.RunDeadlineExceeded',
  /** The response to a start was lost, and it is not known whether the start created a run. */
  StartAmbiguous: 'Duvo.StartAmbiguous',
  /** The key of an item belongs to a workflow that was started with another input. */
  KeyConflict: 'Duvo.KeyConflict',
  /** The caller that stored the items of a batch without a key has died. */
  BatchAbandoned: 'Duvo.BatchAbandoned',
  OutputInvalid: 'Duvo.OutputInvalid',
  GateTimedOut: 'Duvo.GateTimedOut',
  GateUnknown: 'Duvo.GateUnknown',
  GateClosed: 'Duvo.GateClosed',
  AnswerInvalid: 'Duvo.AnswerInvalid',
  /** The policy of the gate does not allow this person's answer. */
  AnswerNotAllowed: 'Duvo.AnswerNotAllowed',
  /** The person saw another request than the one that the gate has. */
  AnswerStale: 'Duvo.AnswerStale',
  /** A message about a gate could not be sent, or could not be settled after the gate was closed. */
  NotificationFailed: 'Duvo.NotificationFailed',
  /** A change of a gate is not possible, or does not fit the gate. */
  ChangeInvalid: 'Duvo.ChangeInvalid',
  /** The policy of the gate does not name this person as admin. */
  ChangeNotAllowed: 'Duvo.ChangeNotAllowed',
  DeadlineExceeded: 'Duvo.DeadlineExceeded',
  CompensationFailed: 'Duvo.CompensationFailed',
  /** The items of a batch are wrong, cannot be reached, or changed while they were read. */
  BatchSourceInvalid: 'Duvo.BatchSourceInvalid',
  BatchSourceUnreadable: 'Duvo.BatchSourceUnreadable',
  BatchSourceChanged: 'Duvo.BatchSourceChanged',
} as const;

/** Types of failures after which the run has ended in Duvo, so that there was nothing to stop. */
export const RUN_ENDED_FAILURES: readonly unknown[] = [
  FailureTypes.RunFailed,
  FailureTypes.RunInterrupted,
  FailureTypes.RunCanceled,
  FailureTypes.RunGone,
  FailureTypes.OutputInvalid,
];

/** What the first detail of the failure of a call says beside the facts of the request. */
export interface CallEffect {
  /** Whether the call may have taken effect although it failed. */
  mayHaveHappened?: boolean;
  /** Whether the content of the call was refused: Duvo did not accept the answer itself. */
  isContentRefused?: boolean;
  /** Whether a start created no run, so that the next workflow of the same id need not search for one. */
  notStarted?: boolean;
  /** Whether a former workflow of the same id may have left a run open, which this start did not find out. */
  formerMayBeOpen?: boolean;
}

/** The fields of an error that matter here. Errors are read by shape, since an application may load the SDK twice. */
export interface ErrorLike {
  name?: string;
  type?: string | null;
  message?: string;
  code?: unknown;
  details?: unknown[];
  cause?: unknown;
}

/** Returns the error and its causes, outermost first. */
export function causeChain(error: unknown): ErrorLike[] {
  const chain: ErrorLike[] = [];
  for (let current = error; typeof current === 'object' && current !== null; current = (current as ErrorLike).cause) {
    if (chain.includes(current)) break;
    chain.push(current);
  }
  return chain;
}

/** Returns the outermost cause whose `type` belongs to this package, such as `Duvo.RunFailed`. */
export function findDuvoFailure(error: unknown): ErrorLike | undefined {
  return causeChain(error).find(({ type }) => typeof type === 'string' && type.startsWith('Duvo.'));
}

/**
 * Returns the failure that says what went wrong. The failure of an activity or of a child workflow only says that the
 * activity or the child failed; the first `ApplicationFailure` below it, or else the innermost failure, names the reason.
 */
export function rootFailure(error: unknown): ErrorLike {
  let current = error;
  // Temporal's classes recognise instances of other copies of the SDK, too.
  while (current instanceof TemporalFailure && !(current instanceof ApplicationFailure) && current.cause)
    current = current.cause;
  return current as ErrorLike;
}

/** Whether the code of a 409 or 422 response is about the idempotency key, and not about the state of the resource. */
export function isIdempotencyCode(code: string | undefined): boolean {
  return /idempotency|in_flight/i.test(code ?? '');
}
