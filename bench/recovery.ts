import { type Figure, figure, median } from './figure';
import { note, pause, Rig, type Side } from './rig';

const RUNS = 100;
const LASTS_MS = 8_000;
const KILL_AFTER_MS = 3_000;
const PASSES = 3;

/** How much later the last of many runs ends when their worker is killed and started again. */
export async function recovery(): Promise<Figure[]> {
  const later: Record<'ours' | 'timerLoop', number[]> = { ours: [], timerLoop: [] };
  const rig = await Rig.start();
  try {
    await rig.script('agent', { steps: [{ status: 'running', for: LASTS_MS }, { end: 'completed' }] });
    for (let pass = 0; pass < PASSES; pass++) {
      for (const side of ['ours', 'timerLoop'] as const) {
        const calm = await lastEnd(rig, side, false);
        const killed = await lastEnd(rig, side, true);
        note(`  ${side}: ${(calm / 1000).toFixed(1)} s, killed ${(killed / 1000).toFixed(1)} s`);
        later[side].push(killed - calm);
      }
    }
  } finally {
    await rig.stop();
  }
  return [figure('recovery', median(later.ours) / 1000, median(later.timerLoop) / 1000, 's later')];
}

/** Milliseconds from when all are started until the last one has ended. */
async function lastEnd(rig: Rig, side: Side, isKilled: boolean): Promise<number> {
  let worker = await rig.worker(side);
  const before = (await rig.simulator.stats()).start.committed;
  const ids = await rig.startRuns(side, RUNS, { agentId: 'agent', everyMs: 1_000 });
  while ((await rig.simulator.stats()).start.committed < before + RUNS) await pause(20);
  const began = performance.now();
  const ends = rig.results(ids);
  if (isKilled) {
    await pause(KILL_AFTER_MS);
    await rig.end(worker, 'SIGKILL');
    worker = await rig.worker(side);
  }
  await ends;
  const took = performance.now() - began;
  await rig.end(worker);
  return took;
}
