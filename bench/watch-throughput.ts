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
  for (let pass = 0; pass < PASSES; pass++) {
    for (const side of ['ours' as const, ...baselines]) {
      const rate = await pollsPerSecond(side);
      note(`  ${side}: ${rate.toFixed(1)} polls/s`);
      seen[side].push(rate);
    }
  }
  const ours = median(seen.ours);
  return baselines.map((side) =>
    figure(side === 'timerLoop' ? 'watch-throughput' : 'watch-overhead', ours, median(seen[side]), 'polls/s'),
  );
}

/** On a server of its own: what a pass leaves behind on one would slow the next. */
async function pollsPerSecond(side: Side): Promise<number> {
  const rig = await Rig.start();
  try {
    await rig.script('agent', { steps: [{ status: 'running' }] });
    await rig.worker(side);
    await rig.startRuns(side, RUNS, { agentId: 'agent', everyMs: EVERY_MS });
    while ((await rig.simulator.stats()).start.committed < RUNS) await pause(50);
    const first = (await rig.simulator.stats()).get.received;
    const began = performance.now();
    await pause(WINDOW_MS);
    const polls = (await rig.simulator.stats()).get.received - first;
    return polls / ((performance.now() - began) / 1000);
  } finally {
    await rig.stop();
  }
}
