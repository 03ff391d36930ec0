import { LONGEST, parsed, type ReadItem, textOf, tooLong } from './text';

/** One JSON value a line; blank lines do not count. */
export async function* ndjsonItems(name: string, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<ReadItem> {
  let line = 1;
  let rest = '';
  for await (const text of textOf(name, bytes)) {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const one of lines) {
      if (one.trim() !== '') yield { item: parsed(name, one, line), line };
      line++;
    }
    if (rest.length > LONGEST) throw tooLong(name, line);
  }
  if (rest.trim() !== '') yield { item: parsed(name, rest, line), line };
}
