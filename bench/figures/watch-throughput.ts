import { type Figure, createFigure, median } from '../support/figure';
import { logProgress, sleep, Rig, type Side } from '../support/rig';

const RUNS = 300;
const POLL_INTERVAL_MS = 500;
const WINDOW_MS = 15_000;
const PASSES = 3;

/** Measures polls per second of many watched runs. Both figures use the same measurements of the library. */
export async function measureWatchThroughput(names: string[]): Promise<Figure[]> {
  const baselines: Side[] = [
    ...(names.includes('watch-throughput') ? ['timerLoop' as const] : []),
    ...(names.includes('watch-overhead') ? ['bareWatch' as const] : []),
  ];
  const samples: Record<Side, number[]> = { ours: [], timerLoop: [], bareWatch: [] };
  for (let pass = 0; pass < PASSES; pass++) {
    for (const side of ['ours' as const, ...baselines]) {
      const rate = await measurePollsPerSecond(side);
      logProgress(`  ${side}: ${rate.toFixed(1)} polls/s`);
      samples[side].push(rate);
    }
  }
  const ours = median(samples.ours);
  return baselines.map((side) =>
    createFigure(side === 'timerLoop' ? 'watch-throughput' : 'watch-overhead', ours, median(samples[side]), 'polls/s'),
  );
}

/** Measures one pass on a new Temporal server, because the data of earlier passes would make a server slower. */
async function measurePollsPerSecond(side: Side): Promise<number> {
  const rig = await Rig.start();
  try {
    await rig.script('agent', { steps: [{ status: 'running' }] });
    await rig.startWorker(side);
    await rig.startRuns(side, RUNS, { agentId: 'agent', everyMs: POLL_INTERVAL_MS });
    while ((await rig.simulator.stats()).start.committed < RUNS) await sleep(50);
    const first = (await rig.simulator.stats()).get.received;
    const startedAt = performance.now();
    await sleep(WINDOW_MS);
    const polls = (await rig.simulator.stats()).get.received - first;
    return polls / ((performance.now() - startedAt) / 1000);
  } finally {
    await rig.stop();
  }
}
