import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Stack } from '../stack';

/** Runs the built worker in a separate process, so that a test can kill it. */
export class WorkerProcess {
  private child?: ChildProcess;
  private readonly output: string[] = [];

  constructor(
    private readonly stack: Stack,
    private readonly env: NodeJS.ProcessEnv = {},
  ) {}

  /** Starts the worker process and waits until it is ready. */
  async start(env: NodeJS.ProcessEnv = {}): Promise<void> {
    const { simulator, address, taskQueue, apiTaskQueue } = this.stack;
    const { output } = this;
    const child = spawn(process.execPath, [join(__dirname, '../../../dist/workers/main.js')], {
      env: {
        ...process.env,
        TEMPORAL_ADDRESS: address,
        DUVO_API_KEY: simulator.apiKey,
        DUVO_API_BASE_URL: simulator.url,
        DUVO_TASK_QUEUE: taskQueue,
        DUVO_API_TASK_QUEUE: apiTaskQueue,
        DUVO_REQUESTS_PER_MINUTE: 'unlimited',
        DUVO_HEALTH_PORT: '0',
        ...this.env,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.child = child;
    child.stdout?.on('data', (chunk: Buffer) => output.push(chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => output.push(chunk.toString()));
    await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => {
        throw new Error(`the worker ended before it was ready:\n${output.join('').slice(-4_000)}`);
      }),
    ]);
  }

  /** Everything that the worker process has written so far to stdout and stderr. */
  get allOutput(): string {
    return this.output.join('');
  }

  /** Kills the process with SIGKILL, so that it can neither finish its tasks nor report to Temporal. */
  kill(): Promise<void> {
    return this.signalAndWait('SIGKILL');
  }

  stop(): Promise<void> {
    return this.signalAndWait('SIGTERM');
  }

  private async signalAndWait(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }
}
