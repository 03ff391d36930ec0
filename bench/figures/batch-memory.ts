import { type Figure, createFigure, median } from '../support/figure';
import { withInstantBatches, readMaxHistoryEvents } from '../support/instant-batch';
import { logProgress } from '../support/rig';

const SMALL_BATCH_ITEMS = 1_000;
const LARGE_BATCH_ITEMS = 10_000;
/** Small batches until a worker grows little by the next one: 228 MiB after the first, then 208, 216 and 220, say. */
const WARM_UP_BATCHES = 3;

/**
 * Memory of a worker at the end of a large batch against that at the end of a small one before it, and the longest
 * history. What a worker pays once is not the batch's, and its first batches show little else: so there are some before both.
 */
export function measureBatchMemory(names: string[]): Promise<Figure[]> {
  return withInstantBatches(async (run, rig) => {
    const measureMemoryAfter = async (count: number) => {
      const memory = median((await run(count)).slice(-8).map((sample) => sample.memoryMiB));
      logProgress(`  worker: ${memory.toFixed(0)} MiB after ${count} items`);
      return memory;
    };
    for (let n = 0; n < WARM_UP_BATCHES; n++) await measureMemoryAfter(SMALL_BATCH_ITEMS);
    const small = await measureMemoryAfter(SMALL_BATCH_ITEMS);
    const large = await measureMemoryAfter(LARGE_BATCH_ITEMS);
    return [
      createFigure('batch-memory', large, small, 'MiB'),
      createFigure('batch-history', await readMaxHistoryEvents(rig), 10_000, 'events'),
    ].filter(({ name }) => names.includes(name));
  });
}
