import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { DuvoClient, DuvoError, OperationInput, MutationOptions, OperationName, OperationOutput } from '../duvo';
import { IDEMPOTENCY_CODE } from '../contract/failures';
import { CallFailureTypes } from './failures';
import { cancellationSignal, runHttpAttempt } from './http-attempt';
import { idempotencyKey } from './idempotency-key';

/** The input of an activity that changes something: `key` names the step, every attempt of it gives the same. */
export type Keyed<T> = T & { key: string };

/** Temporal's payloads end at 2 MB, and say so confusingly. In bytes of JSON. */
const MAX_RESULT_BYTES = 1_900_000;

/** What is too large for a history, and what to do about it. */
interface TooLargeHint {
  field: string;
  fix: string;
}

const SMALLER_PAGE_HINT: TooLargeHint = { field: 'limit', fix: 'ask for a smaller page (limit)' };

/** An operation that reads, as an activity: cut off at the socket when it is cancelled. */
export function readActivity<N extends OperationName>(client: DuvoClient, name: N) {
  return (input: OperationInput<N>): Promise<OperationOutput<N>> =>
    callResource(name, () => client.call(name, input, { signal: cancellationSignal() }));
}

/** An operation that changes something, as an activity. It is not cut off: only its answer tells whether it happened. */
export function mutationActivity<N extends OperationName>(client: DuvoClient, name: N) {
  return ({ key, ...input }: Keyed<OperationInput<N>>): Promise<OperationOutput<N>> =>
    callMutation(name, key, input, (options) => client.call(name, input as unknown as OperationInput<N>, options));
}

/** As {@link mutationActivity}, for what is more than one operation. `content` is all that is sent. */
export function callMutation<T>(
  name: string,
  key: string,
  content: unknown,
  call: (options: MutationOptions) => Promise<T>,
  tooLarge?: TooLargeHint,
): Promise<T> {
  return callResource(
    name,
    () => call({ idempotencyKey: idempotencyKey(key, [name, content]) }),
    mayBeInFlight,
    tooLarge,
  );
}

/** One HTTP try, whose result fits into a history. */
export async function callResource<T>(
  name: string,
  call: () => Promise<T>,
  conflictMayBeInFlight?: (error: DuvoError) => boolean,
  { field, fix }: TooLargeHint = SMALLER_PAGE_HINT,
): Promise<T> {
  const result = await runHttpAttempt(call, { conflictMayBeInFlight });
  const bytes = Buffer.byteLength(JSON.stringify(result) ?? '');
  if (bytes <= MAX_RESULT_BYTES) return result;
  throw ApplicationFailure.create({
    message: `${name}: the answer has ${bytes} bytes, a workflow can take ${MAX_RESULT_BYTES}: ${fix}`,
    type: CallFailureTypes['too-large'],
    nonRetryable: true,
    details: [{ operation: name, field }],
  });
}

/** Only what was sent before, or what Duvo calls so, can be in flight. Any other 409 is a state that does not allow it. */
function mayBeInFlight({ code, operation }: DuvoError): boolean {
  if (IDEMPOTENCY_CODE.test(code ?? '')) return true;
  return operation !== 'runs.postMessage' && Context.current().info.attempt > 1;
}
