import { type Figure, figure, median } from './figure';
import { note, pause, Rig, type Side } from './rig';

const RUNS = 300;
const EVERY_MS = 500;
const WINDOW_MS = 15_000;
const PASSES = 3;

/** Polls/s of many watched runs; both figures share the passes of our side. */
export async function watchThroughput(names: string[]): Promise<Figure[]> {
  const baselines: Side[] = [
    ...(names.includes('watch-throughput') ? ['timerLoop' as const] : []),
    ...(names.includes('watch-overhead') ? ['bareWatch' as const] : []),
  ];
  const seen: Record<Side, number[]> = { ours: [], timerLoop: [], bareWatch: [] };
  const rig = await Rig.start();
  try {
    await rig.script('agent', { steps: [{ status: 'running' }] });
    for (let pass = 0; pass < PASSES; pass++) {
      for (const side of ['ours' as const, ...baselines]) {
        const rate = await pollsPerSecond(rig, side);
        note(`  ${side}: ${rate.toFixed(1)} polls/s`);
        seen[side].push(rate);
      }
    }
  } finally {
    await rig.stop();
  }
  const ours = median(seen.ours);
  return baselines.map((side) =>
    figure(side === 'timerLoop' ? 'watch-throughput' : 'watch-overhead', ours, median(seen[side]), 'polls/s'),
  );
}

async function pollsPerSecond(rig: Rig, side: Side): Promise<number> {
  const worker = await rig.worker(side);
  const before = (await rig.simulator.stats()).start.committed;
  const ids = await rig.startRuns(side, RUNS, { agentId: 'agent', everyMs: EVERY_MS });
  while ((await rig.simulator.stats()).start.committed < before + RUNS) await pause(50);
  const first = (await rig.simulator.stats()).get.received;
  const began = performance.now();
  await pause(WINDOW_MS);
  const polls = (await rig.simulator.stats()).get.received - first;
  const rate = polls / ((performance.now() - began) / 1000);
  await rig.terminate(ids);
  await rig.end(worker);
  return rate;
}
