import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { isIdempotencyCode } from '../contract/failures';
import { type ResourceActivityName, resourceActivityTraits } from '../contract/resource-activities';
import type { DuvoClient, DuvoError, OperationInput, MutationOptions, OperationName, OperationOutput } from '../duvo';
import { CallFailureTypes, type FailureOptions } from './to-failure';
import { cancellationSignal, idempotencyKey, runHttpAttempt } from './http-attempt';
import { PossibleEffect } from './possible-effect';

/** The input of an activity that changes something. `key` names the step; every attempt of the step has the same key. */
export type Keyed<T> = T & { key: string };

/** Temporal refuses payloads above 2 MB with a message that does not name the cause. */
const MAX_RESULT_BYTES = 1_900_000;

/** How a caller gets a result that fits into a history. */
interface TooLargeHint {
  field: string;
  fix: string;
}

interface CallAttemptOptions extends Pick<FailureOptions, 'isRead'> {
  conflictMayBeInFlight?: (error: DuvoError) => boolean;
  heartbeatDetails?: () => object;
}

const SMALLER_PAGE_HINT: TooLargeHint = { field: 'limit', fix: 'request a smaller page (limit)' };

/** Makes an activity of an operation that reads. A cancellation of the activity aborts the request. */
export function readActivity<N extends OperationName>(client: DuvoClient, operation: N) {
  return (input: OperationInput<N>): Promise<OperationOutput<N>> =>
    callResource(operation, () => client.call(operation, input, { signal: cancellationSignal() }), undefined, {
      isRead: true,
    });
}

/**
 * Makes an activity of an operation that changes something. A cancellation does not abort the request, because only the
 * response shows whether the change happened.
 */
export function mutationActivity<N extends OperationName>(
  client: DuvoClient,
  activity: ResourceActivityName,
  operation: N,
) {
  return ({ key, ...input }: Keyed<OperationInput<N>>): Promise<OperationOutput<N>> =>
    callMutation(activity, operation, key, input, (options) =>
      client.call(operation, input as unknown as OperationInput<N>, options),
    );
}

/**
 * Does the same as {@link mutationActivity} for a call that is more than one operation. `content` is all that is sent.
 *
 * @throws ApplicationFailure whose first detail has `mayHaveHappened` when the call may have taken effect
 */
export async function callMutation<T>(
  activity: ResourceActivityName,
  operation: string,
  key: string,
  content: unknown,
  call: (options: MutationOptions) => Promise<T>,
  tooLarge?: TooLargeHint,
): Promise<T> {
  const effect = new PossibleEffect(resourceActivityTraits(activity).mayBeInFlight === true);
  try {
    return await callResource(
      operation,
      () => effect.send(() => call({ idempotencyKey: idempotencyKey(key, [operation, content]) })),
      tooLarge,
      { conflictMayBeInFlight: (error) => isInFlight(activity, error), heartbeatDetails: () => effect.details },
    );
  } catch (error) {
    throw effect.mark(error);
  }
}

/** Makes one HTTP request and checks that the result fits into a history. */
export async function callResource<T>(
  operation: string,
  call: () => Promise<T>,
  { field, fix }: TooLargeHint = SMALLER_PAGE_HINT,
  { heartbeatDetails, ...options }: CallAttemptOptions = {},
): Promise<T> {
  const result = await runHttpAttempt(call, options, heartbeatDetails);
  const bytes = Buffer.byteLength(JSON.stringify(result) ?? '');
  if (bytes <= MAX_RESULT_BYTES) return result;
  throw ApplicationFailure.create({
    message: `${operation}: the response has ${bytes} bytes, and the limit of a workflow is ${MAX_RESULT_BYTES}: ${fix}`,
    type: CallFailureTypes['too-large'],
    nonRetryable: true,
    details: [{ operation, field }],
  });
}

/** Whether a 409 may mean that Duvo still works on an earlier attempt's request of the same key. */
function isInFlight(activity: ResourceActivityName, { code }: DuvoError): boolean {
  if (isIdempotencyCode(code)) return true;
  return resourceActivityTraits(activity).mayBeInFlight === true && Context.current().info.attempt > 1;
}
