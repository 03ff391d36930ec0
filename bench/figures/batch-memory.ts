import { type Figure, createFigure, median } from '../support/figure';
import { withInstantBatches, readMaxHistoryEvents } from '../support/instant-batch';
import { logProgress } from '../support/rig';

const SMALL_BATCH_ITEMS = 1_000;
const LARGE_BATCH_ITEMS = 10_000;
/**
 * Number of small batches before the measurement. After them, the memory of a worker is stable: one series was 228, 208, 216
 * and 220 MiB.
 */
const WARM_UP_BATCHES = 3;

/**
 * Compares the memory of a worker at the end of a large batch with its memory at the end of a small batch, and measures the
 * longest history. Warm-up batches run first, so that the one-time costs of the worker are not counted.
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
