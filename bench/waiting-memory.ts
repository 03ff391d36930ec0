import { type Figure, figure, median } from './figure';
import { memoryMiB, note, pause, Rig, until } from './rig';

const FINISHED = 500;
const WAITING = 2_000;

/** Memory of a worker with many runs at a gate, against the same worker before, rested. One pass. */
export async function waitingMemory(): Promise<Figure[]> {
  const rig = await Rig.start();
  try {
    await rig.script('short', { steps: [{ end: 'completed' }] });
    await rig.script('waits', { steps: [{ ask: { type: 'approval', title: 'Go on?' } }] });
    const { pid = 0 } = await rig.worker('ours');
    await rig.results(await rig.startRuns('ours', FINISHED, { agentId: 'short', everyMs: 1_000 }));
    await pause(10_000);
    const rested = await settled(pid);
    note(`  rested: ${rested.toFixed(0)} MiB`);
    await rig.startRuns('ours', WAITING, { agentId: 'waits', everyMs: 60_000 });
    await until(
      'all wait at their gates',
      async () => {
        const { count } = await rig.client.workflow.count('DuvoOpenGates > 0');
        return count === WAITING;
      },
      1_000,
      200_000,
    );
    await pause(5_000);
    const waiting = await settled(pid);
    note(`  waiting: ${waiting.toFixed(0)} MiB`);
    return [figure('waiting-memory', waiting, rested, 'MiB')];
  } finally {
    await rig.stop();
  }
}

async function settled(pid: number): Promise<number> {
  const seen: number[] = [];
  for (let sample = 0; sample < 5; sample++) {
    seen.push(memoryMiB(pid));
    await pause(1_000);
  }
  return median(seen);
}
