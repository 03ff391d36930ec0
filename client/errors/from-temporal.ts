import { causeChain, type ErrorLike, FailureTypes, findDuvoFailure } from '../../contract/failures';
import type { RunFailureDetails } from '../../contract/runs';
import { DuvoBatchError, DuvoProcessError, DuvoRunError } from './end-errors';
import { BatchNotFoundError, ProcessNotFoundError, RunNotFoundError } from './request-errors';

// Temporal's errors are recognised by name, not by `instanceof`: an application can have two copies of the SDK.

export function isWorkflowNotFound(error: unknown): boolean {
  return (error as ErrorLike | undefined)?.name === 'WorkflowNotFoundError';
}

export function isAlreadyStarted(error: unknown): boolean {
  return (error as ErrorLike | undefined)?.name === 'WorkflowExecutionAlreadyStartedError';
}

/** Converts the failure of a run's workflow into a DuvoRunError; returns other errors as they are. */
export function toRunError(error: unknown, workflowId: string): unknown {
  if (isWorkflowNotFound(error)) return new RunNotFoundError(workflowId);
  if ((error as ErrorLike | undefined)?.name !== 'WorkflowFailedError') return error;
  const failure = findDuvoFailure(error);
  if (failure) {
    const details = failure.details?.[0] as RunFailureDetails | undefined;
    return new DuvoRunError(failure.type ?? '', failure.message ?? '', workflowId, details);
  }
  const { type, message } = describeUntypedEnd(error as ErrorLike);
  if (type === 'Canceled') return new DuvoRunError(FailureTypes.RunCanceled, 'the run was cancelled', workflowId);
  return new DuvoRunError(FailureTypes.RunFailed, message, workflowId);
}

/** Converts the failure of a batch's workflow into a DuvoBatchError; returns other errors as they are. */
export function toBatchError(error: unknown, workflowId: string): unknown {
  if (isWorkflowNotFound(error)) return new BatchNotFoundError(workflowId);
  if ((error as ErrorLike | undefined)?.name !== 'WorkflowFailedError') return error;
  const failure: ErrorLike = findDuvoFailure(error) ?? describeUntypedEnd(error as ErrorLike);
  return new DuvoBatchError(failure.type ?? '', failure.message ?? '', workflowId);
}

/** Converts the failure of a process into a DuvoProcessError; returns other errors as they are. */
export function toProcessError(error: unknown, workflowId: string): unknown {
  if (isWorkflowNotFound(error)) return new ProcessNotFoundError(workflowId);
  if ((error as ErrorLike | undefined)?.name !== 'WorkflowFailedError') return error;
  const failure: ErrorLike =
    causeChain(error).find(({ type }) => typeof type === 'string') ?? describeUntypedEnd(error as ErrorLike);
  return new DuvoProcessError(failure.type ?? '', failure.message ?? '', workflowId, failure.details);
}

const END_TYPES: Record<string, string> = {
  CancelledFailure: 'Canceled',
  TerminatedFailure: 'Terminated',
  TimeoutFailure: 'TimedOut',
};

/** Describes the end of a workflow that was not a failure with a type, such as a termination. */
function describeUntypedEnd({ cause, message = 'the workflow failed' }: ErrorLike): { type: string; message: string } {
  const { name = '', message: reason = message } = (cause ?? {}) as ErrorLike;
  return { type: END_TYPES[name] ?? 'Failed', message: reason };
}
