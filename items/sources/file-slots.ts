import { BatchSourceError } from '../errors/source-error';

/** Time limit of one operation on a file, in milliseconds. A mount whose server is gone does not answer at all. */
const OPERATION_TIMEOUT_MS = 30_000;

/**
 * Number of operations that may be under way. An operation that hangs keeps its thread of Node's pool, which has four
 * threads for all files and DNS lookups of the process; with two slots, a dead mount cannot block them all.
 */
const MAX_OPERATIONS = 2;

export interface FileOperationOptions<T> {
  signal?: AbortSignal;
  /** @default 30_000 */
  timeoutMs?: number;
  /** Receives the result of an operation that ended after the caller had stopped waiting. */
  onLate?: (result: T) => unknown;
}

let operations = 0;
const waiting: (() => void)[] = [];

/** Runs one operation on a file. @throws BatchSourceError after the time limit; the signal's reason after an abort */
export async function withFileSlot<T>(
  name: string,
  operation: () => Promise<T>,
  { signal, timeoutMs = OPERATION_TIMEOUT_MS, onLate }: FileOperationOptions<T> = {},
): Promise<T> {
  signal?.throwIfAborted();
  let hasStopped = false;
  let stop: (error: Error) => void = () => undefined;
  const stopped = new Promise<never>((_resolve, reject) => {
    stop = (error) => {
      hasStopped = true;
      reject(error);
    };
  });
  const onAbort = () => stop(signal?.reason as Error);
  const timer = setTimeout(() => stop(hangsError(name, timeoutMs)), timeoutMs);
  signal?.addEventListener('abort', onAbort);
  const result = takeSlot().then(async () => {
    try {
      // The slot may have come after the caller stopped waiting.
      return hasStopped ? await stopped : await operation();
    } finally {
      releaseSlot();
    }
  });
  result.then(
    (late) => hasStopped && onLate?.(late),
    () => undefined,
  );
  try {
    return await Promise.race([result, stopped]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

function hangsError(name: string, timeoutMs: number): BatchSourceError {
  const problem = `cannot be read: the file system has not answered for ${timeoutMs / 1_000} s`;
  return new BatchSourceError(name, problem, undefined, 'interrupted');
}

async function takeSlot(): Promise<void> {
  if (operations >= MAX_OPERATIONS) return new Promise((resolve) => waiting.push(resolve));
  operations++;
}

/** Passes the slot to the next operation that waits. */
function releaseSlot(): void {
  const next = waiting.shift();
  if (next) next();
  else operations--;
}
