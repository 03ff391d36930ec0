import { BatchSourceError } from '../errors/source-error';

/** Time limit of one operation on a file, in milliseconds. A mount whose server is gone does not answer at all. */
const OPERATION_TIMEOUT_MS = 30_000;

/**
 * Number of operations that may be under way. An operation that hangs keeps its thread of Node's pool until the file system
 * answers: no program can free it. The pool has four threads for all files and DNS lookups of the process, so sources
 * use three of them.
 */
const MAX_OPERATIONS = 3;

export interface FileOperationOptions<T> {
  /** Folder of the file. One operation at a time is under way in a folder, so that a dead mount blocks one slot only. */
  folder: string;
  signal?: AbortSignal;
  /** @default 30_000 */
  timeoutMs?: number;
  /** Receives the result of an operation that ended after the caller had stopped waiting. */
  onLate?: (result: T) => unknown;
}

/** An operation that waits for a slot. */
interface Waiter {
  folder: string;
  start: () => void;
  /** Called when an operation in the folder hangs. Absent when the operation must be done, however long that takes. */
  fail?: (error: Error) => void;
}

/** The folders with an operation under way, and whether that operation has exceeded its time limit. */
const folders = new Map<string, { hangs: boolean }>();
let waiters: Waiter[] = [];

/** Folders whose file system has not answered an operation within its time limit, and still does not. */
export function hangingFolders(): string[] {
  return [...folders].filter(([, { hangs }]) => hangs).map(([folder]) => folder);
}

/**
 * Runs one operation on a file. Operations in other folders continue while one hangs.
 *
 * @throws BatchSourceError after the time limit, and at once while an operation in the folder hangs; the signal's reason
 * after an abort
 */
export async function withFileSlot<T>(
  name: string,
  operation: () => Promise<T>,
  { folder, signal, timeoutMs = OPERATION_TIMEOUT_MS, onLate }: FileOperationOptions<T>,
): Promise<T> {
  signal?.throwIfAborted();
  if (folders.get(folder)?.hangs) throw hangsError(name, folder);
  return new Promise<T>((resolve, reject) => {
    let isOver = false;
    const end = (settle: () => void) => {
      isOver = true;
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      waiters = waiters.filter((one) => one !== waiter);
      settle();
    };
    const fail = (error: Error) => end(() => reject(error));
    const start = () => {
      clearTimeout(timer);
      const onHang = () => fail(hangsError(name, folder));
      runOperation(folder, operation, timeoutMs, onHang).then(
        (result) => (isOver ? void onLate?.(result) : end(() => resolve(result))),
        (error: Error) => fail(error),
      );
    };
    const waiter: Waiter = { folder, start, fail };
    const onAbort = () => fail(signal?.reason as Error);
    const timer = setTimeout(() => fail(noSlotError(name, timeoutMs)), timeoutMs);
    signal?.addEventListener('abort', onAbort);
    waiters.push(waiter);
    startWaiters();
  });
}

/** Runs an operation that must be done, such as the close of a file, when its folder is free. Nobody waits for its end. */
export function runWhenFree(folder: string, operation: () => Promise<unknown>): void {
  const start = () => void runOperation(folder, operation, OPERATION_TIMEOUT_MS).catch(() => undefined);
  waiters.push({ folder, start });
  startWaiters();
}

/** Starts the waiting operations whose folder is free, in the order of their calls. */
function startWaiters(): void {
  for (const waiter of waiters) {
    if (folders.size >= MAX_OPERATIONS) return;
    if (folders.has(waiter.folder)) continue;
    folders.set(waiter.folder, { hangs: false });
    waiters = waiters.filter((one) => one !== waiter);
    waiter.start();
  }
}

/** Runs an operation whose folder is free. When it exceeds its time limit, all that wait for the folder fail. */
async function runOperation<T>(
  folder: string,
  operation: () => Promise<T>,
  timeoutMs: number,
  onHang?: () => void,
): Promise<T> {
  const timer = setTimeout(() => {
    folders.set(folder, { hangs: true });
    onHang?.();
    for (const waiter of waiters) if (waiter.folder === folder) waiter.fail?.(hangsError(folder, folder));
  }, timeoutMs);
  // An operation whose caller has left must not keep the process alive.
  timer.unref();
  try {
    return await operation();
  } finally {
    clearTimeout(timer);
    folders.delete(folder);
    startWaiters();
  }
}

function hangsError(name: string, folder: string): BatchSourceError {
  const problem = `cannot be read: the file system of ${folder} does not answer: check the mount on the worker's machine`;
  return new BatchSourceError(name, problem, undefined, 'interrupted');
}

function noSlotError(name: string, timeoutMs: number): BatchSourceError {
  const hanging = hangingFolders();
  const cause = hanging.length > 0 ? `; the file systems of ${hanging.join(', ')} do not answer` : '';
  const problem = `cannot be read: other files of the worker were being read for ${timeoutMs / 1_000} s${cause}`;
  return new BatchSourceError(name, problem, undefined, 'interrupted');
}
