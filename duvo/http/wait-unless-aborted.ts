/**
 * Waits for what others may be waiting for, too, until the caller aborts; that does not end it for the others.
 *
 * @returns whether it came, with it
 */
export async function waitUnlessAborted<T>(
  promise: Promise<T>,
  signal?: AbortSignal,
): Promise<{ value: T } | 'aborted'> {
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
