import { type Figure, createFigure, median } from '../support/figure';
import { readCpuMs, forEachConcurrently, logProgress, Rig, waitUntil } from '../support/rig';

/** Number of runs in one pass. It is below the size of the worker's workflow cache, so that no run is replayed. */
const RUNS = 80;
const PASSES = 3;

/** Measures the CPU time of the worker and the Temporal server for a run with 10 polls and one gate. */
export async function measureRunCpu(): Promise<Figure[]> {
  const samples: Record<'ours' | 'timerLoop', number[]> = { ours: [], timerLoop: [] };
  const rig = await Rig.start();
  try {
    for (let pass = 0; pass < PASSES; pass++) {
      for (const side of ['ours', 'timerLoop'] as const) {
        const usedMs = await measureCpuMsPerRun(rig, side);
        logProgress(`  ${side}: ${usedMs.toFixed(1)} ms a run`);
        samples[side].push(usedMs);
      }
    }
  } finally {
    await rig.stop();
  }
  return [createFigure('run-cpu', median(samples.ours), median(samples.timerLoop), 'ms a run')];
}

async function measureCpuMsPerRun(rig: Rig, side: 'ours' | 'timerLoop'): Promise<number> {
  const worker = await rig.startWorker(side);
  const pids = [worker.pid ?? 0, rig.server.pid];
  // A warm-up keeps the one-time costs of the worker (loading and compiling code) out of the measurement.
  await runToCompletion(rig, side, 30);
  const before = readCpuMs(...pids);
  await runToCompletion(rig, side, RUNS);
  const usedMs = readCpuMs(...pids) - before;
  await rig.stopProcess(worker);
  return usedMs / RUNS;
}

let groupCount = 0;

/**
 * Starts the runs, answers the gate of each run and waits for all results. Each run has its own agent, so that the gate's id
 * can be read from the simulator without a query that costs the worker CPU time.
 */
async function runToCompletion(rig: Rig, side: 'ours' | 'timerLoop', count: number): Promise<void> {
  const agentIdPrefix = `batch-${++groupCount}`;
  const agentIdOf = (index: number) => `${agentIdPrefix}-${index}`;
  const half = { status: 'running', polls: 5 };
  for (let index = 0; index < count; index++) {
    const ask = { ask: { type: 'approval' as const, title: 'Go on?' } };
    await rig.script(agentIdOf(index), { steps: [half, ask, half, { end: 'completed' }] });
  }
  const ids = await rig.startRuns(side, count, (index) => ({
    agentId: agentIdOf(index),
    everyMs: 1_000,
    atGateMs: 60_000,
  }));
  const gates = new Map<string, string>();
  await waitUntil(
    'all wait',
    async () => {
      for (const { agentId, humanRequests } of await rig.simulator.runs())
        if (humanRequests[0]) gates.set(agentId, humanRequests[0].id);
      return ids.every((_id, index) => gates.has(agentIdOf(index)));
    },
    500,
  );
  await forEachConcurrently(ids, 8, async (id) => {
    const gateId = gates.get(agentIdOf(ids.indexOf(id)));
    const [signal, args] = side === 'ours' ? ['answerGate', { gateId, approved: true, by: 'bench' }] : ['answer', true];
    await rig.client.workflow.getHandle(id).signal(String(signal), args);
  });
  await rig.awaitResults(ids);
}
