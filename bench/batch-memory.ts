import { type Figure, figure, median } from './figure';
import { instantBatch, longestHistory } from './instant-batch';
import { note } from './rig';

const SMALL = 1_000;
const LARGE = 10_000;

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

function batchOf(count: number): Promise<{ memory: number; events: number }> {
  return instantBatch(count, async (rig, _batch, samples) => ({
    memory: median(samples.slice(-8).map(({ memory }) => memory)),
    events: await longestHistory(rig),
  }));
}
