import { CancellationScope } from '@temporalio/workflow';

export interface ParallelOptions {
  /** How many are worked on at one time. @default 10 */
  concurrency?: number;
}

/**
 * Works on many things, `width` at a time, started in their order. When one fails, no more are started, those under way
 * are cancelled and waited for, and what the first one failed with is thrown: catch in `work` what should not stop the
 * rest. Thousands of items are a batch's job, not one history's.
 *
 * @returns the results in the order of the items
 */
export async function parallel<I, O>(
  items: readonly I[],
  work: (item: I, index: number) => Promise<O>,
  { concurrency = 10 }: ParallelOptions = {},
): Promise<O[]> {
  const results: O[] = [];
  const scope = new CancellationScope({ cancellable: true });
  let next = 0;
  let failure: { error: unknown } | undefined;
  const worker = async () => {
    while (!failure && next < items.length) {
      const index = next++;
      try {
        results[index] = await work(items[index] as I, index);
      } catch (error) {
        failure ??= { error };
        scope.cancel();
      }
    }
  };
  const workerCount = Math.max(1, Math.min(Math.floor(concurrency) || 1, items.length));
  await scope.run(() => Promise.all(Array.from({ length: workerCount }, worker)));
  if (failure) throw failure.error;
  return results;
}
