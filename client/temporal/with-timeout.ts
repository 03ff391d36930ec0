import { WaitTimeoutError } from '../errors';

export interface WaitOptions {
  /** How long to wait, in milliseconds. @default no limit */
  timeoutMs?: number;
}

/** A timer of Node with a longer time fires at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Waits for a promise, at most for a time. The work behind the promise continues after a timeout.
 *
 * @param problem the beginning of the error's message, such as `run r-1 has not ended`
 * @throws WaitTimeoutError
 */
export async function withTimeout<T>(promise: Promise<T>, timeoutMs: number | undefined, problem: string): Promise<T> {
  if (timeoutMs === undefined) return promise;
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    const startTimer = (remainingMs: number) => {
      const sliceMs = Math.min(remainingMs, MAX_TIMER_MS);
      timer = setTimeout(() => {
        if (remainingMs > sliceMs) startTimer(remainingMs - sliceMs);
        else reject(new WaitTimeoutError(`${problem} after ${timeoutMs / 1000} s; it continues`));
      }, sliceMs);
    };
    startTimer(timeoutMs);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
    promise.catch(() => undefined);
  }
}
