/** Items whose first one has been read. */
export interface PeekedItems<T> extends AsyncIterable<T> {
  /** Closes the source, also when not all items were read. */
  close(): Promise<void>;
  /** Whether there is no item. */
  isEmpty: boolean;
}

/** Reads the first item: a source that cannot be read fails here. The result can be iterated once. */
export async function peekFirstItem<T>(items: AsyncIterable<T>): Promise<PeekedItems<T>> {
  const iterator = items[Symbol.asyncIterator]();
  const first = await iterator.next();
  const close = async () => void (await iterator.return?.());
  return {
    close,
    isEmpty: first.done === true,
    async *[Symbol.asyncIterator]() {
      try {
        for (let next = first; !next.done; next = await iterator.next()) yield next.value;
      } finally {
        await close();
      }
    },
  };
}
