/** The maximum number of calls that wait for a response at the same time. */
const MAX_CONCURRENT_CALLS = 10;

/** Maps items by an asynchronous call, several at a time, and yields the results in the order of the items. */
export async function* mapInOrder<T, R>(
  items: AsyncIterable<T> | Iterable<T>,
  call: (item: T) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const pending: Promise<R>[] = [];
  try {
    for await (const item of items) {
      pending.push(call(item));
      if (pending.length >= MAX_CONCURRENT_CALLS) yield (await pending.shift()) as R;
    }
    for (let next = pending.shift(); next; next = pending.shift()) yield await next;
  } finally {
    // The caller stopped reading, so the failures of the remaining calls must not become unhandled rejections.
    for (const unread of pending) unread.catch(() => undefined);
  }
}
