import { ApplicationFailure } from '@temporalio/common';
import { FailureTypes } from '../../contract/failures';
import type { StartCandidate } from '../../contract/runs';
import { commandLine } from '../../contract/text/command-line';
import type { DuvoError, Run } from '../../duvo';
import { markEffect } from '../possible-effect';
import { CallFailureTypes } from '../to-failure';
import type { StartedRunSearch } from './search/find-started-run';
import type { StartContent } from './start-run-input';

/** The first detail of `Duvo.StartAmbiguous`. */
export interface StartAmbiguity {
  operation: string;
  method?: string;
  path?: string;
  /** The field of Duvo's response that could not be read; absent when there was no response. */
  field?: string;
  candidates: StartCandidate[];
  /** The key with which the start may be sent again. */
  key: string;
}

/** The request of a start that may have created a run, without a response that shows the run. */
export interface FailedRequest {
  type: string;
  method: string;
  path: string;
  /** Set when Duvo accepted the start, but this field of its response cannot be read. */
  field?: string;
}

const MAX_CANDIDATES = 10;

export function toFailedRequest({ kind, method, path, field }: DuvoError): FailedRequest {
  return {
    type: CallFailureTypes[kind],
    method,
    path,
    ...(kind === 'contract-violation' && { field: field ?? 'body' }),
  };
}

/** Returns the failure of an attempt whose search is to be repeated, or continued, by the next attempt. */
export function undecidedFailure(reason: string, delayMs: number, failedRequest?: FailedRequest): ApplicationFailure {
  return ApplicationFailure.create({
    message: `runs.start: ${lostResponseMessage(failedRequest)}; ${reason}`,
    type: failedRequest?.type ?? CallFailureTypes.timeout,
    details: [startRequestFacts(failedRequest)],
    nextRetryDelay: delayMs,
  });
}

/** Returns the failure of an ambiguous start: a person must decide which run the start created. */
export function ambiguousFailure(
  { matches, similar, undecided, unreadableRuns }: StartedRunSearch,
  key: string,
  failedRequest?: FailedRequest,
): ApplicationFailure {
  const candidates = [...matches, ...similar, ...undecided, ...unreadableRuns]
    .slice(0, MAX_CANDIDATES)
    .map(toCandidate);
  const details: StartAmbiguity = { ...startRequestFacts(failedRequest), candidates, key };
  const message = `${lostResponseMessage(failedRequest)}, and ${candidates.length} runs may be the run that it created`;
  return ApplicationFailure.nonRetryable(message, FailureTypes.StartAmbiguous, details);
}

/** Returns the failure of a start whose former workflow may have left a run open that this worker cannot recognise. */
export function undecodableFailure(key: string): ApplicationFailure {
  const message =
    'the start of a former workflow of this id cannot be decoded, so that its run may still be active: give the workers ' +
    'the data converter with which that workflow ran';
  const details: StartAmbiguity = { operation: 'runs.start', candidates: [], key };
  return ApplicationFailure.nonRetryable(message, FailureTypes.StartAmbiguous, details);
}

/** Returns the failure of a start that would have to inspect too many former executions of its workflow id. */
export function tooManyExecutionsFailure({ message }: Error, key: string): ApplicationFailure {
  const details: StartAmbiguity = { operation: 'runs.start', candidates: [], key };
  return ApplicationFailure.nonRetryable(message, FailureTypes.StartAmbiguous, details);
}

/**
 * Marks the failure of a start that created no run. The next workflow of the same id need not search for a run then.
 *
 * @param marks `formerMayBeOpen`: a former workflow of the same id may have left a run open
 */
export function markNotStarted(failure: unknown, { formerMayBeOpen }: { formerMayBeOpen: boolean }): unknown {
  // A failure without details is not that of a call. A conflict says that Duvo knows the key, so a run may exist.
  if (!(failure instanceof ApplicationFailure) || !failure.details?.[0]) return failure;
  if (failure.type === CallFailureTypes.conflict) return failure;
  return markEffect(failure, { notStarted: true, ...(formerMayBeOpen && { formerMayBeOpen }) });
}

/** Names the agent, or the sandbox, in the failure of a start that Duvo answered with 404. Other failures stay as they are. */
export function nameMissingResource(failure: unknown, { agentId, sandboxId }: StartContent): unknown {
  if (!(failure instanceof ApplicationFailure) || failure.type !== CallFailureTypes['not-found']) return failure;
  const [{ operation, code }] = failure.details as [{ operation?: string; code?: string }];
  // A 404 without Duvo's error code comes from a proxy or from a wrong base URL, and says nothing about the agent.
  if (operation !== 'runs.start' || code === undefined) return failure;
  const isSandbox = sandboxId !== undefined && /sandbox/i.test(code);
  const subject = isSandbox ? `sandbox "${sandboxId}"` : `agent "${agentId}"`;
  const fix = isSandbox ? 'create a new sandbox' : `list agents with ${commandLine('api', 'agents.list')}`;
  failure.message = `${subject} does not exist or this key may not see it (${code}): ${fix}`;
  return failure;
}

function lostResponseMessage(failedRequest?: FailedRequest): string {
  return failedRequest?.field === undefined
    ? 'the response to the start was lost'
    : `the response to the start cannot be read (${failedRequest.field} is not what the API promises)`;
}

function startRequestFacts({ method, path, field }: Partial<FailedRequest> = {}) {
  return { operation: 'runs.start', method, path, field };
}

function toCandidate({ id, status, createdAt }: Run): StartCandidate {
  return { runId: id, status, ...(createdAt !== undefined && { createdAt }) };
}
