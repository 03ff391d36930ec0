import { type Figure, figure, median } from './figure';
import { BATCH_WORKFLOWS, instantBatches, longestHistory, type Sample } from './instant-batch';
import { note, type Rig } from './rig';

const COUNT = 100_000;

/**
 * What a very large batch leaves in Temporal, and the worker's memory at its end against that at its half: by then its
 * caches are full, and what still grows would be the batch.
 */
export function batchSize(names: string[]): Promise<Figure[]> {
  return instantBatches(async (run, rig) => {
    const samples = await run(COUNT);
    const [half, end] = [memoryAt(samples, COUNT / 2), memoryAt(samples, COUNT)];
    for (let tenth = 1; tenth <= 10; tenth++)
      note(`  ${(tenth * COUNT) / 10} items: worker ${memoryAt(samples, (tenth * COUNT) / 10).toFixed(0)} MiB`);
    const { bytes, type } = await largestPayload(rig);
    note(`  the largest payload is in a history of ${type}`);
    return [
      figure('batch-size-memory', end, half, 'MiB'),
      figure('batch-size-history', await longestHistory(rig), 10_000, 'events'),
      figure('batch-size-payload', bytes, 256 * 1024, 'bytes'),
    ].filter(({ name }) => names.includes(name));
  });
}

/** The median of the samples up to the one at which so many items were done. */
function memoryAt(samples: Sample[], done: number): number {
  const at = samples.findIndex((sample) => sample.done >= done);
  const end = at < 0 ? samples.length : at;
  return median(samples.slice(Math.max(0, end - 40), end).map(({ memory }) => memory));
}

/** Of any payload in the histories of the batch, its pages and their stores. */
async function largestPayload(rig: Rig): Promise<{ bytes: number; type: string }> {
  let largest = { bytes: 0, type: '' };
  for await (const { workflowId, runId, type } of rig.client.workflow.list({ query: BATCH_WORKFLOWS })) {
    const history = await rig.client.workflow.getHandle(workflowId, runId).fetchHistory();
    const bytes = largestData(history);
    if (bytes > largest.bytes) largest = { bytes, type };
  }
  return largest;
}

function largestData(value: unknown): number {
  if (value instanceof Uint8Array) return value.byteLength;
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce<number>((most, one) => Math.max(most, largestData(one)), 0);
}
