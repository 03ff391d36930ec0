export interface ConcurrentTest {
  (name: string, body: () => unknown, timeoutMs?: number): void;
  each: jest.Each;
}

/**
 * Jest's own `test`, for a test that affects others, for example by stopping the workers. It must stand before the concurrent
 * tests of its file, which run from the first of them on.
 */
export const serialTest: jest.It = test;

/**
 * Returns a `test` for tests that mostly wait and do not affect each other. All of them start when jest reaches the first
 * one, so that they wait at the same time, and each one reports its own failure. Jest's own `test.concurrent` would start
 * them together with the serial tests of the file.
 *
 * The function must be called before the `afterAll` that stops what the tests use.
 *
 * @param maxRunning limit of the tests that run at the same time
 */
export function concurrentTests(maxRunning = 8): ConcurrentTest {
  const queue: (() => Promise<void>)[] = [];
  let running: Promise<unknown> | undefined;
  const runQueue = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) await next();
  };
  const enqueue = (body: () => unknown) => {
    const result = new Promise<unknown>((resolve, reject) =>
      queue.push(() => Promise.resolve().then(body).then(resolve, reject)),
    );
    // Jest's test awaits the result and reports a failure; without this, Node would report it as unhandled before that.
    result.catch(() => undefined);
    return () => {
      running ??= Promise.all(Array.from({ length: maxRunning }, runQueue));
      return result;
    };
  };
  const each =
    (table: readonly unknown[]) => (name: string, body: (...row: unknown[]) => unknown, timeoutMs?: number) => {
      for (const row of table) {
        const args = (Array.isArray(row) ? row : [row]) as unknown[];
        const run = enqueue(() => body(...args));
        test.each([args])(name, run, timeoutMs);
      }
    };
  afterAll(() => running);
  return Object.assign(
    (name: string, body: () => unknown, timeoutMs?: number) => test(name, enqueue(body), timeoutMs),
    { each: each as unknown as jest.Each },
  );
}
