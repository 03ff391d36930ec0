import { Readable } from 'node:stream';
import { readItems, type ItemSourceOptions } from '../../../client';

export interface ReadItem {
  item: unknown;
  line: number;
}

/** Reads all items of a text or of bytes, which arrive in pieces of a fixed size. */
export async function readAll(
  content: string | Buffer,
  { size = 1_000, ...options }: ItemSourceOptions & { size?: number } = {},
): Promise<ReadItem[]> {
  const bytes = Buffer.from(content as string);
  const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_one, at) =>
    bytes.subarray(at * size, (at + 1) * size),
  );
  const all: ReadItem[] = [];
  for await (const one of readItems(Readable.from(pieces), options)) all.push(one);
  return all;
}

/** Reads all items, and returns the error. */
export async function readError(...args: Parameters<typeof readAll>): Promise<Error> {
  return readAll(...args).then(
    () => new Error('it was read'),
    (error: unknown) => error as Error,
  );
}
