import { WaitTimeoutError } from './errors';

/** Waits for what goes on whether it is waited for or not. @throws WaitTimeoutError */
export async function withTimeout<T>(promise: Promise<T>, timeoutMs: number | undefined, problem: string): Promise<T> {
  if (timeoutMs === undefined) return promise;
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new WaitTimeoutError(`${problem} after ${timeoutMs / 1000} s; it goes on`)),
      timeoutMs,
    );
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
    promise.catch(() => undefined);
  }
}
