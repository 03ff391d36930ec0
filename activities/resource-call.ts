import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { DuvoClient, DuvoError, Input, MutationOptions, OperationName, Output } from '../duvo';
import { CallFailureTypes } from './failures';
import { cancellationSignal, httpAttempt } from './http-attempt';
import { idempotencyKey } from './idempotency-key';

/** The input of an activity that changes something: `key` names the step, every attempt of it gives the same. */
export type Keyed<T> = T & { key: string };

/** Temporal's payloads end at 2 MB, and say so confusingly. In bytes of JSON. */
const LARGEST_RESULT = 1_900_000;

/** What is too large for a history, and what to do about it. */
interface TooLarge {
  field: string;
  mend: string;
}

const SMALLER_PAGE: TooLarge = { field: 'limit', mend: 'ask for a smaller page (limit)' };

/** An operation that reads, as an activity: cut off at the socket when it is cancelled. */
export function reading<N extends OperationName>(client: DuvoClient, name: N) {
  return (input: Input<N>): Promise<Output<N>> =>
    resourceCall(name, () => client.call(name, input, { signal: cancellationSignal() }));
}

/** An operation that changes something, as an activity. It is not cut off: only its answer tells whether it happened. */
export function changing<N extends OperationName>(client: DuvoClient, name: N) {
  return ({ key, ...input }: Keyed<Input<N>>): Promise<Output<N>> =>
    change(name, key, input, (options) => client.call(name, input as unknown as Input<N>, options));
}

/** As {@link changing}, for what is more than one operation. `content` is all that is sent. */
export function change<T>(
  name: string,
  key: string,
  content: unknown,
  call: (options: MutationOptions) => Promise<T>,
  tooLarge?: TooLarge,
): Promise<T> {
  return resourceCall(
    name,
    () => call({ idempotencyKey: idempotencyKey(key, [name, content]) }),
    mayBeInFlight,
    tooLarge,
  );
}

/** One HTTP try, whose result fits into a history. */
export async function resourceCall<T>(
  name: string,
  call: () => Promise<T>,
  conflictMayBeInFlight?: (error: DuvoError) => boolean,
  { field, mend }: TooLarge = SMALLER_PAGE,
): Promise<T> {
  const result = await httpAttempt(call, { conflictMayBeInFlight });
  const bytes = Buffer.byteLength(JSON.stringify(result) ?? '');
  if (bytes <= LARGEST_RESULT) return result;
  throw ApplicationFailure.create({
    message: `${name}: the answer has ${bytes} bytes, a workflow can take ${LARGEST_RESULT}: ${mend}`,
    type: CallFailureTypes['too-large'],
    nonRetryable: true,
    details: [{ operation: name, field }],
  });
}

/** Only what was sent before, or what Duvo calls so, can be in flight. Any other 409 is a state that does not allow it. */
function mayBeInFlight({ code, operation }: DuvoError): boolean {
  if (/idempotency|in_flight/i.test(code ?? '')) return true;
  return operation !== 'runs.postMessage' && Context.current().info.attempt > 1;
}
