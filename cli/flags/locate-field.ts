import { readFileSync } from 'node:fs';
import { isMap, isPair, isSeq, LineCounter, type Node, parseDocument } from 'yaml';

/**
 * Returns the place of a field in a YAML or JSON file (JSON is a subset of YAML), as `, line 3, column 5`. The place of a
 * missing field is that of the object that lacks it. Returns `''` when the file cannot be read again.
 */
export function locateField(path: string, field: string): string {
  try {
    const lines = new LineCounter();
    const { contents } = parseDocument(readFileSync(path, 'utf8'), { lineCounter: lines });
    const offset = findOffset(contents, field.split(/[.[\]]+/).filter(Boolean));
    return offset === undefined ? '' : formatPlace(lines.linePos(offset));
  } catch {
    return '';
  }
}

/** Returns the place of an offset in a text, as `, line 3, column 5`. */
export function locateOffset(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n');
  return formatPlace({ line: before.length, col: (before.at(-1)?.length ?? 0) + 1 });
}

function formatPlace({ line, col }: { line: number; col: number }): string {
  return `, line ${line}, column ${col}`;
}

/** An id of a file may contain dots, so a key is matched with as many parts of the path as it has. */
function findOffset(node: unknown, parts: string[]): number | undefined {
  const own = (node as Node | null)?.range?.[0];
  if (parts.length === 0) return own;
  if (isSeq(node)) return findOffset(node.items[Number(parts[0])], parts.slice(1)) ?? own;
  if (!isMap(node)) return own;
  for (const pair of node.items) {
    if (!isPair(pair)) continue;
    const key = pair.key as (Node & { value?: unknown }) | null;
    const keyParts = String(key?.value).split('.');
    if (!keyParts.every((part, index) => part === parts[index])) continue;
    const rest = parts.slice(keyParts.length);
    return rest.length === 0 ? key?.range?.[0] : (findOffset(pair.value, rest) ?? key?.range?.[0]);
  }
  return own;
}
