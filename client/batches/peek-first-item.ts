/** Items of which the first one has been taken. */
export interface PeekedItems<T> extends AsyncIterable<T> {
  /** Lets go of those that nobody has taken. */
  close(): Promise<void>;
}

/** Takes the first item: a source that cannot be read at all fails here. To be iterated once. */
export async function peekFirstItem<T>(items: AsyncIterable<T>): Promise<PeekedItems<T>> {
  const iterator = items[Symbol.asyncIterator]();
  const first = await iterator.next();
  const close = async () => void (await iterator.return?.());
  return {
    close,
    async *[Symbol.asyncIterator]() {
      try {
        for (let next = first; !next.done; next = await iterator.next()) yield next.value;
      } finally {
        await close();
      }
    },
  };
}
