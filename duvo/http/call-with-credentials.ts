import { DuvoError } from '../errors/duvo-error';
import type { OperationInfo } from '../model/operation';
import type { Credentials } from './credentials';
import { transportError } from './response-error';

/**
 * Makes a call, and repeats the call once with another token when Duvo answers 401. The repetition is safe, because a
 * refused call has no effect.
 *
 * @throws DuvoError
 */
export async function callWithCredentials<T extends object>(
  credentials: Credentials,
  operation: OperationInfo,
  attempt: (token: string) => Promise<T | DuvoError>,
  signal?: AbortSignal,
): Promise<T> {
  const abortedError = () => transportError(operation, { ok: false, kind: 'aborted', reached: 'no' });
  let token = credentials.current();
  if (typeof token !== 'string') {
    const settled = await waitUnlessAborted(token, signal);
    if (settled === 'aborted') throw abortedError();
    token = settled.value;
  }
  const first = await attempt(token);
  if (!(first instanceof DuvoError)) return first;
  if (first.kind !== 'unauthorized') throw first;
  const renewed = await waitUnlessAborted(credentials.renew(token), signal);
  if (renewed === 'aborted') throw abortedError();
  if (renewed.value === undefined) throw first;
  const second = await attempt(renewed.value);
  if (second instanceof DuvoError) throw second;
  return second;
}

/** Waits for a token that other calls may also wait for. An abort ends only this wait, not the token request itself. */
async function waitUnlessAborted<T>(promise: Promise<T>, signal?: AbortSignal): Promise<{ value: T } | 'aborted'> {
  const settled = promise.then((value) => ({ value }));
  if (!signal) return settled;
  let onAbort = () => {};
  const aborted = new Promise<'aborted'>((resolve) => {
    onAbort = () => resolve('aborted');
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
  });
  try {
    return await Promise.race([settled, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
    settled.catch(() => undefined);
  }
}
