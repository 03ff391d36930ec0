import { BatchSourceError } from '../errors/source-error';
import { MAX_ITEM_CHARS, parseItemJson, type LocatedItem, itemTooLongError } from './parse-item';

type State = 'before' | 'first' | 'value' | 'next' | 'after';

const BLANK = /\s/;
const NOT_AN_ARRAY = 'is not a JSON array: if it has one value in each line, its format is ndjson';

/** Reads the values of a JSON array one by one. The array is never in memory as a whole. */
export async function* readJsonItems(name: string, texts: AsyncIterable<string>): AsyncGenerator<LocatedItem> {
  let state = 'before' as State;
  let line = 1;
  let previous = '';
  let startLine = 1;
  let value = '';
  let depth = 0;
  let quoted = false;
  let escaped = false;
  const sourceError = (problem: string) => new BatchSourceError(name, problem, line);
  for await (const text of texts) {
    let from = 0;
    for (let at = 0; at < text.length; at++) {
      const char = text[at] ?? '';
      if (char === '\r' || (char === '\n' && previous !== '\r')) line++;
      previous = char;
      if (state === 'value') {
        if (quoted) {
          if (escaped) escaped = false;
          else if (char === '\\') escaped = true;
          else if (char === '"') quoted = false;
          continue;
        }
        if (char === '"') quoted = true;
        else if (char === '{' || char === '[') depth++;
        else if (depth > 0 && (char === '}' || char === ']')) depth--;
        else if (depth === 0 && (char === ',' || char === ']')) {
          yield { item: parseItemJson(name, value + text.slice(from, at), startLine), line: startLine };
          value = '';
          state = char === ',' ? 'next' : 'after';
        }
        continue;
      }
      if (BLANK.test(char)) continue;
      if (state === 'before') {
        if (char !== '[') throw sourceError(char === '{' ? NOT_AN_ARRAY : 'is not a JSON array');
        state = 'first';
      } else if (state === 'first' && char === ']') state = 'after';
      else if (state === 'after') throw sourceError('text follows the end of the array');
      else if (char === ',' || char === ']') throw sourceError('a value is missing');
      else {
        state = 'value';
        startLine = line;
        from = at;
        quoted = char === '"';
        depth = char === '{' || char === '[' ? 1 : 0;
      }
    }
    if (state === 'value') value += text.slice(from);
    if (value.length > MAX_ITEM_CHARS) throw itemTooLongError(name, startLine);
  }
  // An item that has no end is named by the line on which it begins.
  if (state === 'value') line = startLine;
  if (state !== 'after') throw sourceError(state === 'before' ? 'is not a JSON array' : 'ends before the array does');
}
