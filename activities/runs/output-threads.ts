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
  private readonly waiting: (() => void)[] = [];
  private busyCount = 0;

  async check(job: OutputJob): Promise<OutputCheck> {
    while (this.busyCount >= MAX_THREADS) await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.busyCount++;
    const thread = this.idle.pop() ?? startThread();
    try {
      const result = await runJob(thread, job);
      if (result) this.idle.push(thread);
      else void thread.terminate();
      return result ?? { tooCostly: true };
    } finally {
      this.busyCount--;
      this.waiting.shift()?.();
    }
  }
}

function startThread(): Worker {
  const thread = new Worker(join(__dirname, 'output-thread.js'), { resourceLimits: RESOURCE_LIMITS });
  // A thread that waits for its next check does not keep the process alive.
  thread.unref();
  // A job receives the error of its thread. Without this listener, the error would also end the process.
  thread.on('error', () => undefined);
  return thread;
}

/** Returns the result of a job, or `undefined` when it took too long or too much memory. */
async function runJob(thread: Worker, job: OutputJob): Promise<OutputCheck | undefined> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), MAX_CHECK_MS);
  try {
    const message = once(thread, 'message', { signal: abort.signal });
    thread.postMessage(job);
    const [result] = (await message) as [OutputCheck];
    return result;
  } catch (error) {
    const { name, code } = error as { name?: string; code?: string };
    if (name === 'AbortError' || code === 'ERR_WORKER_OUT_OF_MEMORY') return undefined;
    void thread.terminate();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
