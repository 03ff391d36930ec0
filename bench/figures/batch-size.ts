import { type Figure, createFigure, median } from '../support/figure';
import { BATCH_WORKFLOWS_QUERY, withInstantBatches, readMaxHistoryEvents, type Sample } from '../support/instant-batch';
import { logProgress, type Rig } from '../support/rig';

const BATCH_ITEMS = 100_000;

/**
 * Measures the longest history and the largest payload of a very large batch, and compares the worker's memory at the end of
 * the batch with its memory at half of the batch. The worker's caches are full at half, so further growth is due to the batch.
 */
export function measureBatchSize(names: string[]): Promise<Figure[]> {
  return withInstantBatches(async (run, rig) => {
    const samples = await run(BATCH_ITEMS);
    const [half, end] = [medianMemoryAt(samples, BATCH_ITEMS / 2), medianMemoryAt(samples, BATCH_ITEMS)];
    for (let tenth = 1; tenth <= 10; tenth++)
      logProgress(
        `  ${(tenth * BATCH_ITEMS) / 10} items: worker ${medianMemoryAt(samples, (tenth * BATCH_ITEMS) / 10).toFixed(0)} MiB`,
      );
    const { bytes, type } = await findLargestPayload(rig);
    logProgress(`  the largest payload is in a history of ${type}`);
    return [
      createFigure('batch-size-memory', end, half, 'MiB'),
      createFigure('batch-size-history', await readMaxHistoryEvents(rig), 10_000, 'events'),
      createFigure('batch-size-payload', bytes, 256 * 1024, 'bytes'),
    ].filter(({ name }) => names.includes(name));
  });
}

/** Returns the median memory of the last 40 samples before `done` items had completed. */
function medianMemoryAt(samples: Sample[], done: number): number {
  const at = samples.findIndex((sample) => sample.done >= done);
  const end = at < 0 ? samples.length : at;
  return median(samples.slice(Math.max(0, end - 40), end).map(({ memoryMiB }) => memoryMiB));
}

/** Finds the largest payload in the histories of the batch workflow, its page workflows and its item-store workflows. */
async function findLargestPayload(rig: Rig): Promise<{ bytes: number; type: string }> {
  let largest = { bytes: 0, type: '' };
  for await (const { workflowId, runId, type } of rig.client.workflow.list({ query: BATCH_WORKFLOWS_QUERY })) {
    const history = await rig.client.workflow.getHandle(workflowId, runId).fetchHistory();
    const bytes = maxPayloadBytes(history);
    if (bytes > largest.bytes) largest = { bytes, type };
  }
  return largest;
}

function maxPayloadBytes(value: unknown): number {
  if (value instanceof Uint8Array) return value.byteLength;
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce<number>((most, one) => Math.max(most, maxPayloadBytes(one)), 0);
}
