import { WaitTimeoutError } from './errors';

/** Waits for what goes on whether it is waited for or not. @throws WaitTimeoutError */
export async function within<T>(promise: Promise<T>, timeoutMs: number | undefined, what: string): Promise<T> {
  if (timeoutMs === undefined) return promise;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new WaitTimeoutError(`${what} after ${timeoutMs / 1000} s; it goes on`)),
      timeoutMs,
    );
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
    promise.catch(() => undefined);
  }
}
