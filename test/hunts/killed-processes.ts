/**
 * Hunts for faults that only many crashes show: `npm run hunt -- killed-processes`, about three minutes a seed
 * (`HUNT_SEEDS=11,12` chooses the seeds). Two workers are killed every 2 to 5 seconds for two minutes, the Temporal server
 * once, while 50 runs start, ask and end, Duvo fails 15 % of all requests, and two people answer every gate at once.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type DuvoRun, DuvoWorkflows, type ListedGate } from '../../client';
import type { AgentRunResult } from '../../contract/runs';
import type { FaultEffect } from '../../testing';
import { type DevServer, startDevServer } from '../../workers';
import { collect } from '../support/collect';
import { WorkerProcess } from '../support/processes/worker-process';
import { startStack, type Stack } from '../support/stack';

const SEEDS = (process.env.HUNT_SEEDS ?? '11,12,13,14,15').split(',').map(Number);
const RUNS = 50;
const HUNT_MS = Number(process.env.HUNT_SECONDS ?? 120) * 1_000;
const FAULT_RATE = 0.15;

/** Responses to a read that say nothing about the run. */
const UNREADABLE: FaultEffect[] = [
  { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>maintenance</html>' },
  { status: 200, body: '' },
  { status: 401, body: '<html>login</html>' },
  { status: 403, body: '<html>forbidden</html>' },
  { status: 404, headers: { 'content-type': 'text/html' }, body: '<html>not found</html>' },
  { status: 502, body: '<html>bad gateway</html>' },
];

const PEOPLE = [
  { by: 'alice', approved: true },
  { by: 'bob', approved: false },
];

/** Returns pseudorandom numbers from 0 to 1; the same seed gives the same numbers (mulberry32). */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

test.each(SEEDS.map((seed) => [seed, seed % 2 ? 'honour' : 'ignore'] as const))(
  'seed %i, with a Duvo that does this with keys: %s: every run starts once, is answered once and ends right',
  async (seed, idempotencyKeyMode) => {
    const random = seededRandom(seed);
    const folder = mkdtempSync(join(tmpdir(), 'duvo-temporal-hunt-'));
    const dbFile = join(folder, 'temporal.db');
    let server: DevServer = await startDevServer({ dbFile });
    const stack = await startStack({ address: server.address, workers: false, simulator: { idempotencyKeyMode } });
    const workers = [new WorkerProcess(stack), new WorkerProcess(stack)];
    const people = new People(new DuvoWorkflows(stack.client));
    try {
      await Promise.all(workers.map((worker) => worker.start()));
      const { simulator } = stack;
      simulator.script('agent', {
        steps: [
          { status: 'running', polls: 3 },
          { ask: { type: 'approval', title: 'Post it?' } },
          { status: 'running', polls: 3 },
          { end: 'completed' },
        ],
        lastMessage: 'done',
      });
      simulator.setChaos({ seed, rate: FAULT_RATE });
      const end = Date.now() + HUNT_MS;
      const starting = startRuns(stack, HUNT_MS * 0.8);
      starting.catch(() => undefined);
      let serverKilled = false;
      while (Date.now() < end) {
        await delay(2_000 + random() * 3_000);
        const effect = UNREADABLE[Math.floor(random() * UNREADABLE.length)] as FaultEffect;
        simulator.addFault({ operation: 'get', effect });
        const worker = workers[Math.floor(random() * workers.length)] as WorkerProcess;
        await worker.kill();
        if (!serverKilled && Date.now() > end - HUNT_MS / 2) {
          serverKilled = true;
          const port = server.port;
          await server.kill('SIGKILL');
          server = await startDevServer({ dbFile, port });
        }
        await worker.start();
      }
      simulator.setChaos(undefined);
      const runs = await starting;
      const ends = await Promise.allSettled(runs.map((run) => run.result()));
      await people.stop();
      expect(ends.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []))).toEqual([]);
      expectOnceEach(
        stack,
        ends.map((one) => (one as PromiseFulfilledResult<AgentRunResult>).value),
      );
    } finally {
      await people.stop();
      await Promise.all(workers.map((worker) => worker.stop()));
      await stack.stop();
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  },
  HUNT_MS + 600_000,
);

/** Starts the runs one after another, spread over a time, each until Temporal has accepted it. */
async function startRuns({ client, taskQueue, apiTaskQueue }: Stack, spreadMs: number): Promise<DuvoRun[]> {
  const { runs } = new DuvoWorkflows(client, { taskQueue, apiTaskQueue });
  const started: DuvoRun[] = [];
  while (started.length < RUNS) {
    const n = started.length;
    const input = { agentId: 'agent', message: `Read invoice ${n}`, watch: { every: [{ every: '1s' }], atGate: '1s' } };
    try {
      started.push(await runs.start({ ...input, key: `invoice-${n}` }));
    } catch {
      // The server is down: the same key is started again, as an application would.
    }
    await delay(spreadMs / RUNS);
  }
  return started;
}

/** Two people who answer each open gate at the same time, with opposite answers. */
class People {
  private stopped = false;
  private readonly working: Promise<void>;

  constructor(private readonly duvo: DuvoWorkflows) {
    this.working = this.work();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.working;
  }

  private async work(): Promise<void> {
    while (!this.stopped) {
      // Listing or answering gates may fail while a worker or the server is down. The next round repeats it.
      const open = await collect(this.duvo.gates.list()).catch(() => [] as ListedGate[]);
      const answers = open.flatMap(({ ref }) =>
        PEOPLE.map((answer) => this.duvo.gates.answer(ref, answer, { timeoutMs: 20_000 })),
      );
      await Promise.allSettled(answers);
      await delay(200);
    }
  }
}

function expectOnceEach({ simulator }: Stack, results: AgentRunResult[]): void {
  const committed = (operation: string) =>
    simulator.ledger.filter((entry) => entry.operation === operation && entry.committed).length;
  expect({ starts: committed('start'), answers: committed('respond'), runs: simulator.runs.length }).toEqual({
    starts: RUNS,
    answers: RUNS,
    runs: RUNS,
  });
  expect(new Set(results.map(({ runId }) => runId)).size).toBe(RUNS);
  for (const { status, output, runId, gates } of results) {
    expect({ status, output }).toEqual({ status: 'completed', output: 'done' });
    // A gate of the workflow itself would be a question about an ambiguous start.
    expect(gates.map(({ source }) => source)).toEqual(['duvo']);
    const [request] = simulator.getRun(runId).humanRequests;
    const approved = (request?.answer as { approved: boolean }).approved;
    const [{ by, approved: said } = {}] = PEOPLE.filter((person) => person.approved === approved);
    expect(gates[0]).toMatchObject({ outcome: said ? 'approved' : 'denied', by });
  }
}
