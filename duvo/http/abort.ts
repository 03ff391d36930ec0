/**
 * Waits for what others may be waiting for, too, until the caller aborts; that does not end it for the others.
 *
 * @returns whether it came, with it
 */
export async function unlessAborted<T>(promise: Promise<T>, signal?: AbortSignal): Promise<{ value: T } | 'aborted'> {
  const came = promise.then((value) => ({ value }));
  if (!signal) return came;
  let onAbort = () => {};
  const aborted = new Promise<'aborted'>((resolve) => {
    onAbort = () => resolve('aborted');
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
  });
  try {
    return await Promise.race([came, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
    came.catch(() => undefined);
  }
}
