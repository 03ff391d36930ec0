import { type Figure, figure, median } from './figure';
import { cpuMs, inParallel, note, Rig, until } from './rig';

/** Fewer than the worker caches: beyond that, a figure of 100 and more runs at once pays for replays. */
const RUNS = 80;
const PASSES = 3;

/** CPU of worker and server for a run with 10 polls and one gate. */
export async function runCpu(): Promise<Figure[]> {
  const seen: Record<'ours' | 'timerLoop', number[]> = { ours: [], timerLoop: [] };
  const rig = await Rig.start();
  try {
    for (let pass = 0; pass < PASSES; pass++) {
      for (const side of ['ours', 'timerLoop'] as const) {
        const used = await cpuOfRuns(rig, side);
        note(`  ${side}: ${used.toFixed(1)} ms a run`);
        seen[side].push(used);
      }
    }
  } finally {
    await rig.stop();
  }
  return [figure('run-cpu', median(seen.ours), median(seen.timerLoop), 'ms a run')];
}

async function cpuOfRuns(rig: Rig, side: 'ours' | 'timerLoop'): Promise<number> {
  const worker = await rig.worker(side);
  const pids = [worker.pid ?? 0, rig.server.pid];
  // What a worker pays once (loading, compiling) is not the cost of a run.
  await finishRuns(rig, side, 30);
  const before = cpuMs(...pids);
  await finishRuns(rig, side, RUNS);
  const used = cpuMs(...pids) - before;
  await rig.end(worker);
  return used / RUNS;
}

let batches = 0;

/** Each run has an agent of its own, so that its gate is known from the simulator and no side pays for the looking. */
async function finishRuns(rig: Rig, side: 'ours' | 'timerLoop', count: number): Promise<void> {
  const batch = `batch-${++batches}`;
  const agentOf = (index: number) => `${batch}-${index}`;
  const half = { status: 'running', looks: 5 };
  for (let index = 0; index < count; index++) {
    const ask = { ask: { type: 'approval' as const, title: 'Go on?' } };
    await rig.script(agentOf(index), { steps: [half, ask, half, { end: 'completed' }] });
  }
  const ids = await rig.startRuns(side, count, (index) => ({
    agentId: agentOf(index),
    everyMs: 1_000,
    atGateMs: 60_000,
  }));
  const gates = new Map<string, string>();
  await until(
    'all wait',
    async () => {
      for (const { agentId, requests } of await rig.simulator.runs())
        if (requests[0]) gates.set(agentId, requests[0].id);
      return ids.every((_id, index) => gates.has(agentOf(index)));
    },
    500,
  );
  await inParallel(ids, 8, async (id) => {
    const gateId = gates.get(agentOf(ids.indexOf(id)));
    const [signal, args] = side === 'ours' ? ['answerGate', { gateId, approved: true, by: 'bench' }] : ['answer', true];
    await rig.client.workflow.getHandle(id).signal(String(signal), args);
  });
  await rig.results(ids);
}
