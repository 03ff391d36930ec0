import { BatchSourceError } from './source-error';
import { LONGEST, parsed, type ReadItem, textOf, tooLong } from './text';

type State = 'before' | 'first' | 'value' | 'next' | 'after';

const BLANK = /\s/;

/** The values of one JSON array, each parsed when its end is there: the array itself is never held. */
export async function* jsonItems(name: string, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<ReadItem> {
  let state = 'before' as State;
  let line = 1;
  let begun = 1;
  let value = '';
  let depth = 0;
  let quoted = false;
  let escaped = false;
  const wrong = (problem: string) => new BatchSourceError(name, problem, line);
  for await (const text of textOf(name, bytes)) {
    let from = 0;
    for (let at = 0; at < text.length; at++) {
      const sign = text[at] ?? '';
      if (sign === '\n') line++;
      if (state === 'value') {
        if (quoted) {
          if (escaped) escaped = false;
          else if (sign === '\\') escaped = true;
          else if (sign === '"') quoted = false;
          continue;
        }
        if (sign === '"') quoted = true;
        else if (sign === '{' || sign === '[') depth++;
        else if (depth > 0 && (sign === '}' || sign === ']')) depth--;
        else if (depth === 0 && (sign === ',' || sign === ']')) {
          yield { item: parsed(name, value + text.slice(from, at), begun), line: begun };
          value = '';
          state = sign === ',' ? 'next' : 'after';
        }
        continue;
      }
      if (BLANK.test(sign)) continue;
      if (state === 'before') {
        if (sign !== '[') throw wrong('is not a JSON array');
        state = 'first';
      } else if (state === 'first' && sign === ']') state = 'after';
      else if (state === 'after') throw wrong('something stands behind the end of the array');
      else if (sign === ',' || sign === ']') throw wrong('a value is missing');
      else {
        state = 'value';
        begun = line;
        from = at;
        quoted = sign === '"';
        depth = sign === '{' || sign === '[' ? 1 : 0;
      }
    }
    if (state === 'value') value += text.slice(from);
    if (value.length > LONGEST) throw tooLong(name, begun);
  }
  if (state !== 'after') throw wrong(state === 'before' ? 'is not a JSON array' : 'ends before the array does');
}
