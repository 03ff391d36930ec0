import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

/** Threads that check outputs at the same time. Further checks wait. */
const MAX_THREADS = 2;

/** How long a check may take before its thread is killed. Most checks take milliseconds. */
const MAX_CHECK_MS = 10_000;

/** Limit of a thread's heap. A check that needs more ends as one that takes too long. */
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 256 };

export interface OutputJob {
  schema: Record<string, unknown>;
  text?: string;
}

/** The result of a check. `schemaProblem`: the schema cannot be used. `tooCostly`: the check reached a limit. */
export type OutputCheck =
  { output: unknown } | { problems: string[] } | { schemaProblem: string } | { tooCostly: true };

/** The threads that check outputs. A thread is used again, unless it had to be killed. */
export class OutputThreads {
  private readonly idle: Worker[] = [];
  private readonly waiting = new Set<() => void>();
  private busyCount = 0;

  /**
   * Checks an output, in the order of the calls. A call whose signal aborts leaves the queue, or its thread is killed: the
   * checks of attempts that have timed out would otherwise keep the later attempts waiting until these time out, too.
   *
   * @throws the reason of the signal
   */
  async check(job: OutputJob, signal: AbortSignal): Promise<OutputCheck> {
    await this.acquireSlot(signal);
    try {
      const thread = this.idle.pop() ?? (await startThread(signal));
      const result = await runJob(thread, job, signal);
      if (result) this.idle.push(thread);
      return result ?? { tooCostly: true };
    } finally {
      this.releaseSlot();
    }
  }

  private async acquireSlot(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.busyCount < MAX_THREADS) {
      this.busyCount++;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const leave = () => {
        this.waiting.delete(resume);
        reject(signal.reason as Error);
      };
      const resume = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      signal.addEventListener('abort', leave);
      this.waiting.add(resume);
    });
  }

  /** Passes the slot to the call that has waited longest. */
  private releaseSlot(): void {
    const [next] = this.waiting;
    if (!next) {
      this.busyCount--;
      return;
    }
    this.waiting.delete(next);
    next();
  }
}

/** Returns a thread that has loaded its code, since loading can take seconds on a busy machine. */
async function startThread(signal: AbortSignal): Promise<Worker> {
  const thread = new Worker(join(__dirname, 'output-thread.js'), { resourceLimits: RESOURCE_LIMITS });
  // A thread that waits for its next check does not keep the process alive.
  thread.unref();
  // A job receives the error of its thread. Without this listener, the error would also end the process.
  thread.on('error', () => undefined);
  try {
    await once(thread, 'message', { signal });
    return thread;
  } catch (error) {
    void thread.terminate();
    throw signal.aborted ? signal.reason : error;
  }
}

/**
 * Returns the result of a job, or `undefined` when it took too long or too much memory, or when its thread failed otherwise.
 * Without a result, the thread is killed.
 */
async function runJob(thread: Worker, job: OutputJob, signal: AbortSignal): Promise<OutputCheck | undefined> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), MAX_CHECK_MS);
  try {
    const message = once(thread, 'message', { signal: AbortSignal.any([signal, limit.signal]) });
    thread.postMessage(job);
    const [result] = (await message) as [OutputCheck];
    return result;
  } catch {
    void thread.terminate();
    if (signal.aborted) throw signal.reason;
    // The same output would end the next thread in the same way, so the error is no reason for another attempt.
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
