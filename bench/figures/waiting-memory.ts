import { type Figure, createFigure, median } from '../support/figure';
import { readMemoryMiB, logProgress, sleep, Rig, waitUntil } from '../support/rig';

const FINISHED_RUNS = 500;
const WAITING_RUNS = 2_000;

/** Compares the memory of a worker with many runs that wait at a gate with its memory while it was idle, in one pass. */
export async function measureWaitingMemory(): Promise<Figure[]> {
  const rig = await Rig.start();
  try {
    await rig.script('short', { steps: [{ end: 'completed' }] });
    await rig.script('waits', { steps: [{ ask: { type: 'approval', title: 'Go on?' } }] });
    const { pid = 0 } = await rig.startWorker('ours');
    await rig.awaitResults(await rig.startRuns('ours', FINISHED_RUNS, { agentId: 'short', everyMs: 1_000 }));
    await sleep(10_000);
    const idleMiB = await medianMemoryMiB(pid);
    logProgress(`  idle: ${idleMiB.toFixed(0)} MiB`);
    await rig.startRuns('ours', WAITING_RUNS, { agentId: 'waits', everyMs: 60_000 });
    await waitUntil(
      'all wait at their gates',
      async () => {
        const { count } = await rig.client.workflow.count('DuvoOpenGates > 0');
        return count === WAITING_RUNS;
      },
      1_000,
      200_000,
    );
    await sleep(5_000);
    const waitingMiB = await medianMemoryMiB(pid);
    logProgress(`  waiting: ${waitingMiB.toFixed(0)} MiB`);
    return [createFigure('waiting-memory', waitingMiB, idleMiB, 'MiB')];
  } finally {
    await rig.stop();
  }
}

async function medianMemoryMiB(pid: number): Promise<number> {
  const samples: number[] = [];
  for (let sample = 0; sample < 5; sample++) {
    samples.push(readMemoryMiB(pid));
    await sleep(1_000);
  }
  return median(samples);
}
