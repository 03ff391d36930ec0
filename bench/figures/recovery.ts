import { type Figure, createFigure, median } from '../support/figure';
import { logProgress, sleep, Rig, type Side } from '../support/rig';

const RUNS = 100;
const RUN_DURATION_MS = 8_000;
const KILL_AFTER_MS = 3_000;
const PASSES = 3;

/** Measures by how much the last of many runs ends later when the worker is killed and started again. */
export async function measureRecovery(): Promise<Figure[]> {
  const delaysMs: Record<'ours' | 'timerLoop', number[]> = { ours: [], timerLoop: [] };
  const rig = await Rig.start();
  try {
    await rig.script('agent', { steps: [{ status: 'running', duration: RUN_DURATION_MS }, { end: 'completed' }] });
    for (let pass = 0; pass < PASSES; pass++) {
      for (const side of ['ours', 'timerLoop'] as const) {
        const undisturbedMs = await measureLastEndMs(rig, side, false);
        const killedMs = await measureLastEndMs(rig, side, true);
        logProgress(`  ${side}: ${(undisturbedMs / 1000).toFixed(1)} s, killed ${(killedMs / 1000).toFixed(1)} s`);
        delaysMs[side].push(killedMs - undisturbedMs);
      }
    }
  } finally {
    await rig.stop();
  }
  return [createFigure('recovery', median(delaysMs.ours) / 1000, median(delaysMs.timerLoop) / 1000, 's later')];
}

/** Returns the milliseconds from the moment when Duvo has started all runs until the last workflow has ended. */
async function measureLastEndMs(rig: Rig, side: Side, isKilled: boolean): Promise<number> {
  let worker = await rig.startWorker(side);
  const before = (await rig.simulator.stats()).start.committed;
  const ids = await rig.startRuns(side, RUNS, { agentId: 'agent', everyMs: 1_000 });
  while ((await rig.simulator.stats()).start.committed < before + RUNS) await sleep(20);
  const startedAtMs = performance.now();
  const ends = rig.awaitResults(ids);
  if (isKilled) {
    await sleep(KILL_AFTER_MS);
    await rig.stopProcess(worker, 'SIGKILL');
    worker = await rig.startWorker(side);
  }
  await ends;
  const tookMs = performance.now() - startedAtMs;
  await rig.stopProcess(worker);
  return tookMs;
}
