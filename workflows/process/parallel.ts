import { CancellationScope } from '@temporalio/workflow';

export interface ParallelOptions {
  /** How many functions run at the same time. @default 10 */
  concurrency?: number;
}

type Task = () => Promise<unknown>;

/** The results of tasks, or of a function that is called for each item: a tuple gives a tuple. */
type TaskResults<T extends readonly Task[]> = { -readonly [K in keyof T]: Awaited<ReturnType<T[K] & Task>> };
type ItemResults<T extends readonly unknown[], O> = { -readonly [K in keyof T]: O };

/**
 * Runs `work` for many items, or runs many functions, at most `concurrency` at a time and started in their order. When
 * one fails, no more are started, the others are cancelled and waited for, and the first failure is thrown: catch in
 * `work` what should not stop the others. Thousands of items belong into a batch, because one history cannot hold them.
 *
 * ```ts
 * const lines = await parallel(invoices, (invoice) => read(invoice), { concurrency: 5 });
 * const [reading, supplier] = await parallel([() => read(invoice), () => findSupplier(invoice)]);
 * ```
 *
 * @returns the results in the order of the items; a tuple of functions gives a tuple of their results
 */
export function parallel<const T extends readonly Task[]>(tasks: T, options?: ParallelOptions): Promise<TaskResults<T>>;
export function parallel<const T extends readonly unknown[], O>(
  items: T,
  work: (item: T[number], index: number) => Promise<O>,
  options?: ParallelOptions,
): Promise<ItemResults<T, O>>;
export async function parallel(
  items: readonly unknown[],
  workOrOptions: ((item: unknown, index: number) => Promise<unknown>) | ParallelOptions = {},
  itemOptions: ParallelOptions = {},
): Promise<unknown[]> {
  const hasWork = typeof workOrOptions === 'function';
  const work = hasWork ? workOrOptions : (task: unknown) => (task as Task)();
  const { concurrency = 10 } = hasWork ? itemOptions : workOrOptions;
  const results: unknown[] = [];
  const scope = new CancellationScope({ cancellable: true });
  let next = 0;
  let failure: { error: unknown } | undefined;
  const worker = async () => {
    while (!failure && next < items.length) {
      const index = next++;
      try {
        results[index] = await work(items[index], index);
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
