import type { FaultHandle, IdempotencyKeyMode } from '../../../testing';
import type { ConcurrentTest } from '../jest/concurrent-tests';
import { type Stack, startStack } from '../stack';
import { WorkerProcess } from './worker-process';

/** A simulator and a worker process for it. */
export interface KillableWorker {
  stack: Stack;
  worker: WorkerProcess;
}

const created: KillableWorker[] = [];

export async function createKillableWorker(idempotencyKeyMode: IdempotencyKeyMode): Promise<KillableWorker> {
  const stack = await startStack({ workers: false, simulator: { idempotencyKeyMode } });
  const one = { stack, worker: new WorkerProcess(stack) };
  created.push(one);
  return one;
}

/** Stops all workers and stacks of the test file. */
export async function stopKillableWorkers(): Promise<void> {
  for (const { stack, worker } of created.splice(0)) {
    await worker.stop();
    await stack.stop();
  }
}

/** A run at the point at which its worker is killed. */
export interface InterruptedRun {
  /** The fault that holds a request of the run. It is removed between the kill and the restart of the worker. */
  held?: FaultHandle;
  expectAfterRestart: () => Promise<void>;
}

/** Brings a run of the agent to the point at which its worker is killed. */
export type KillScenario = (stack: Stack, agentId: string) => Promise<InterruptedRun>;

/** Tests that share one kill of one worker: each of them brings its own run to the point at which the worker is killed. */
export class SharedKill {
  private readonly scenarios = new Map<string, KillScenario>();
  private ends?: Promise<Map<string, Promise<void>>>;

  constructor(
    private readonly concurrentTest: ConcurrentTest,
    private readonly keys: IdempotencyKeyMode,
  ) {}

  /** @param name the name of the test, which is also the id of the scenario's agent */
  test(name: string, scenario: KillScenario): void {
    this.scenarios.set(name, scenario);
    this.concurrentTest(name, async () => (await (this.ends ??= this.run())).get(name));
  }

  /** Runs all scenarios. @returns the end of each of them */
  private async run(): Promise<Map<string, Promise<void>>> {
    const { stack, worker } = await createKillableWorker(this.keys);
    await worker.start();
    const runs = [...this.scenarios].map(([name, begin]) => ({ name, run: begin(stack, name) }));
    const begun = await Promise.allSettled(runs.map(({ run }) => run));
    await worker.kill();
    for (const one of begun) if (one.status === 'fulfilled') one.value.held?.remove();
    await worker.start();
    return new Map(
      runs.map(({ name, run }) => {
        const end = run.then(({ expectAfterRestart }) => expectAfterRestart());
        // The test of this name reports the failure; without this, Node would report it as unhandled before that.
        end.catch(() => undefined);
        return [name, end];
      }),
    );
  }
}
