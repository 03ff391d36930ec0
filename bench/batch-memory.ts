import { type Figure, figure, median } from './figure';
import { instantBatch, longestHistory } from './instant-batch';
import { note } from './rig';

const SMALL = 1_000;
const LARGE = 10_000;

/** Batches of one size lie some percent apart: one tells little. */
const BATCHES = [SMALL, LARGE, SMALL, LARGE, SMALL];

/** Memory of a worker after a large batch against after a small one, and the longest history of a large one. */
export async function batchMemory(names: string[]): Promise<Figure[]> {
  const small: Seen[] = [];
  const large: Seen[] = [];
  for (const count of BATCHES) {
    const seen = await batchOf(count);
    note(`  worker: ${seen.memory.toFixed(0)} MiB after ${count} items`);
    (count === SMALL ? small : large).push(seen);
  }
  const figures = [
    figure('batch-memory', memoryOf(large), memoryOf(small), 'MiB'),
    figure('batch-history', eventsOf(large), eventsOf(small), 'events'),
  ];
  return figures.filter(({ name }) => names.includes(name));
}

interface Seen {
  memory: number;
  events: number;
}

function batchOf(count: number): Promise<Seen> {
  return instantBatch(count, async (rig, _batch, samples) => ({
    memory: median(samples.slice(-8).map(({ memory }) => memory)),
    events: await longestHistory(rig),
  }));
}

const memoryOf = (batches: Seen[]) => median(batches.map(({ memory }) => memory));
const eventsOf = (batches: Seen[]) => Math.max(...batches.map(({ events }) => events));
