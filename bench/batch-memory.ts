import { DuvoBatches } from '../client';
import { type Figure, figure, median } from './figure';
import { memoryMiB, note, pause, Rig } from './rig';

const SMALL = 1_000;
const LARGE = 10_000;
const WIDTH = 50;
const CHILDREN = 'children';

/** Memory of a worker after a large batch against after a small one, and the longest history of the large one. */
export async function batchMemory(names: string[]): Promise<Figure[]> {
  const small = await batchOf(SMALL);
  const large = await batchOf(LARGE);
  note(`  worker: ${small.memory.toFixed(0)} MiB after ${SMALL} items, ${large.memory.toFixed(0)} after ${LARGE}`);
  const figures = [
    figure('batch-memory', large.memory, small.memory, 'MiB'),
    figure('batch-history', large.events, small.events, 'events'),
  ];
  return figures.filter(({ name }) => names.includes(name));
}

/** The most that the worker has while it runs, and the longest history. */
async function batchOf(count: number): Promise<{ memory: number; events: number }> {
  const rig = await Rig.start();
  try {
    const { pid = 0 } = await rig.worker('ours');
    await rig.worker('timerLoop', CHILDREN);
    const items = function* () {
      for (let n = 0; n < count; n++) yield { n, text: `item ${n}` };
    };
    const template = { workflow: { type: 'instant', taskQueue: CHILDREN } };
    const batch = await new DuvoBatches(rig.client).start(items(), { template, width: WIDTH });
    const samples: number[] = [];
    let over = false;
    const result = batch.result().finally(() => (over = true));
    while (!over) {
      samples.push(memoryMiB(pid));
      await pause(250);
    }
    const { completed } = await result;
    if (completed !== count) throw new Error(`${completed} of ${count} items completed`);
    return { memory: median(samples.slice(-8)), events: await longestHistory(rig) };
  } finally {
    await rig.stop();
  }
}

async function longestHistory(rig: Rig): Promise<number> {
  let longest = 0;
  const query = `WorkflowType IN ('batch', 'batchPage', 'batchItems')`;
  for await (const { historyLength = 0 } of rig.client.workflow.list({ query })) {
    longest = Math.max(longest, historyLength);
  }
  return longest;
}
