import { type Figure, figure, median } from './figure';
import { cpuMs, inParallel, note, Rig, until } from './rig';

const RUNS = 40;
const PASSES = 3;

/** CPU of worker and server for a run with 10 polls and one gate. */
export async function runCpu(): Promise<Figure[]> {
  const seen: Record<'ours' | 'timerLoop', number[]> = { ours: [], timerLoop: [] };
  const rig = await Rig.start();
  try {
    const half = { status: 'running', looks: 5 };
    await rig.script('agent', {
      steps: [half, { ask: { type: 'approval', title: 'Go on?' } }, half, { end: 'completed' }],
    });
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
  const warm = await rig.startRuns(side, 5, { agentId: 'agent', everyMs: 1_000, atGateMs: 60_000 });
  await finish(rig, side, warm);
  const before = cpuMs(...pids);
  const ids = await rig.startRuns(side, RUNS, { agentId: 'agent', everyMs: 1_000, atGateMs: 60_000 });
  await finish(rig, side, ids);
  const used = cpuMs(...pids) - before;
  await rig.end(worker);
  return used / RUNS;
}

/** Answers each gate once it is open, found in the simulator so that no side pays for the looking. */
async function finish(rig: Rig, side: 'ours' | 'timerLoop', ids: string[]): Promise<void> {
  const asked = async () => (await rig.simulator.runs()).filter(({ status }) => status === 'waiting').length;
  await until('all wait', async () => (await asked()) >= ids.length, 500);
  await inParallel(ids, 8, async (id) => {
    const handle = rig.client.workflow.getHandle(id);
    if (side === 'ours') {
      let gateId: string | undefined;
      await until('its gate is known', async () => {
        gateId = (await handle.query<{ gateId: string }[]>('gates'))[0]?.gateId;
        return gateId !== undefined;
      });
      await handle.signal('answerGate', { gateId, approved: true, by: 'bench' });
    } else await handle.signal('answer', true);
  });
  await rig.results(ids);
}
