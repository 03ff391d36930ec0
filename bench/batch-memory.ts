import { type Figure, figure, median } from './figure';
import { instantBatches, longestHistory } from './instant-batch';
import { note } from './rig';

const SMALL = 1_000;
const LARGE = 10_000;
/** Small batches until a worker grows little by the next one: 228 MiB after the first, then 208, 216 and 220, say. */
const WARM_UPS = 3;

/**
 * Memory of a worker at the end of a large batch against that at the end of a small one before it, and the longest
 * history. What a worker pays once is not the batch's, and its first batches show little else: so there are some before both.
 */
export function batchMemory(names: string[]): Promise<Figure[]> {
  return instantBatches(async (run, rig) => {
    const memoryAfter = async (count: number) => {
      const memory = median((await run(count)).slice(-8).map((sample) => sample.memory));
      note(`  worker: ${memory.toFixed(0)} MiB after ${count} items`);
      return memory;
    };
    for (let n = 0; n < WARM_UPS; n++) await memoryAfter(SMALL);
    const small = await memoryAfter(SMALL);
    const large = await memoryAfter(LARGE);
    return [
      figure('batch-memory', large, small, 'MiB'),
      figure('batch-history', await longestHistory(rig), 10_000, 'events'),
    ].filter(({ name }) => names.includes(name));
  });
}
