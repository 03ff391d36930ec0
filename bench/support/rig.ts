import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { RemoteSimulator, type Scenario } from '../../testing';
import { type DevServer, type DevServerOptions, startDevServer } from '../../workers';
import type { AgentRunInput } from '../../contract/run-input';
import type { BaselineInput } from '../baseline/workflows';

export type Side = 'ours' | 'timerLoop' | 'bareWatch';

export interface Load {
  agentId: string;
  everyMs: number;
  atGateMs?: number;
}

const dist = join(__dirname, '../..');

/**
 * Server settings as in production. `temporal server start-dev` reads the list of search attributes from the database at
 * every start of a workflow with a search attribute, which Temporal's documentation forbids in production. Each item of a
 * batch has a search attribute.
 */
const PRODUCTION_SETTINGS = { 'system.forceSearchAttributesCacheRefreshOnRead': false };

const TASK_QUEUES: Record<Side, string> = { ours: 'duvo', timerLoop: 'baseline', bareWatch: 'baseline' };

/** A new Temporal dev server, a simulator in a separate process, and the worker processes that a benchmark starts. */
export class Rig {
  private readonly children = new Set<ChildProcess>();
  private startedGroups = 0;

  private constructor(
    readonly server: DevServer,
    readonly client: Client,
    private readonly connection: Connection,
    private simulatorInfo: { url: string; apiKey: string },
    public simulator: RemoteSimulator,
  ) {}

  /** @param settings further settings of the Temporal server, by their names in its dynamic configuration */
  static async start(settings: DevServerOptions['dynamicConfig'] = {}): Promise<Rig> {
    const server = await startDevServer({
      onProgress: logProgress,
      dynamicConfig: { ...PRODUCTION_SETTINGS, ...settings },
    });
    const connection = await Connection.connect({ address: server.address });
    const rig = new Rig(
      server,
      new Client({ connection }),
      connection,
      { url: '', apiKey: '' },
      new RemoteSimulator(''),
    );
    const child = rig.spawn([join(dist, 'testing/simulator/main.js')], {});
    const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
    rig.simulatorInfo = JSON.parse(line.toString()) as { url: string; apiKey: string };
    rig.simulator = new RemoteSimulator(rig.simulatorInfo.url);
    return rig;
  }

  /** Starts a worker process and waits until it is ready. `nodeOptions` are command-line options of `node`. */
  async startWorker(side: Side, taskQueue = TASK_QUEUES[side], nodeOptions: string[] = []): Promise<ChildProcess> {
    const file = side === 'ours' ? 'workers/main.js' : 'bench/baseline/worker.js';
    const child = this.spawn([...nodeOptions, join(dist, file)], {
      TEMPORAL_ADDRESS: this.server.address,
      TEMPORAL_NAMESPACE: 'default',
      DUVO_API_BASE_URL: this.simulatorInfo.url,
      DUVO_API_KEY: this.simulatorInfo.apiKey,
      DUVO_API_KEY_FILE: '',
      DUVO_REQUESTS_PER_MINUTE: 'unlimited',
      DUVO_HEALTH_PORT: 'off',
      LOG_LEVEL: 'warn',
      BASELINE_TASK_QUEUE: taskQueue,
    });
    await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => {
        throw new Error(`the worker of ${side} did not start`);
      }),
    ]);
    return child;
  }

  /** Starts `count` workflows, 16 at a time. @returns the workflow ids */
  async startRuns(side: Side, count: number, loads: Load | ((index: number) => Load)): Promise<string[]> {
    const idPrefix = `${side}-${++this.startedGroups}`;
    const ids = Array.from({ length: count }, (_one, index) => `${idPrefix}-${index}`);
    await forEachConcurrently(ids, 16, async (workflowId) => {
      const load = typeof loads === 'function' ? loads(ids.indexOf(workflowId)) : loads;
      await this.client.workflow.start(side === 'ours' ? 'agentRun' : side, {
        workflowId,
        taskQueue: TASK_QUEUES[side],
        args: [side === 'ours' ? toAgentRunInput(load) : (load satisfies BaselineInput)],
      });
    });
    return ids;
  }

  async terminate(ids: string[]): Promise<void> {
    await forEachConcurrently(ids, 16, async (id) => {
      await this.client.workflow
        .getHandle(id)
        .terminate()
        .catch(() => undefined);
    });
  }

  async awaitResults(ids: string[]): Promise<void> {
    await Promise.all(ids.map((id) => this.client.workflow.getHandle(id).result()));
  }

  script(agentId: string, scenario: Scenario): Promise<void> {
    return this.simulator.script(agentId, scenario);
  }

  async stopProcess(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
    }
    this.children.delete(child);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.children].map((child) => this.stopProcess(child)));
    await this.connection.close();
    await this.server.stop();
  }

  private spawn(args: string[], env: NodeJS.ProcessEnv): ChildProcess {
    const child = spawn(process.execPath, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    child.stdout?.on('data', () => undefined);
    this.children.add(child);
    return child;
  }
}

function toAgentRunInput({ agentId, everyMs, atGateMs = everyMs }: Load): AgentRunInput {
  return { agentId, watch: { every: [{ every: everyMs }], atGate: atGateMs } };
}

export async function forEachConcurrently<T>(
  items: T[],
  concurrency: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const remaining = [...items];
  const worker = async () => {
    for (let item = remaining.shift(); item !== undefined; item = remaining.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

export async function waitUntil(
  description: string,
  probe: () => Promise<boolean>,
  everyMs = 100,
  timeoutMs = 120_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await probe())) {
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs / 1000} s: ${description}`);
    await sleep(everyMs);
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Returns the sum of the processes' CPU time, user and system, in milliseconds. On Linux, one clock tick has 10 ms. */
export function readCpuMs(...pids: number[]): number {
  return pids.reduce((sum, pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return sum + (Number(fields[11]) + Number(fields[12])) * 10;
  }, 0);
}

/** Returns the resident memory of a process, in MiB. */
export function readMemoryMiB(pid: number): number {
  const kib = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kib) / 1024;
}

export function logProgress(line: string): void {
  process.stderr.write(`${line}\n`);
}
