import { isSafeNumber, parse } from 'lossless-json';
import { type Document, isNode, isPair, isScalar, isSeq, type Node, type Pair, visit } from 'yaml';
import { UsageError } from '../exit-codes';

/** A number in a text that JavaScript would round. */
class InexactNumber {}

/**
 * Parses JSON. A number that JavaScript would round is refused: Temporal's data converter would send other digits, and two
 * ids could become one.
 *
 * @param source the flag or the file, for the errors
 * @throws UsageError for such a number, without the number; SyntaxError for a text that is not JSON
 */
export function parseExactJson(text: string, source: string): unknown {
  const value = parse(text, undefined, {
    parseNumber: (digits) => (isSafeNumber(digits) ? Number(digits) : new InexactNumber()),
    // JSON has no rule for a name that occurs twice. The last one counts, as with JSON.parse.
    onDuplicateKey: ({ newValue }) => newValue,
  });
  const path = findInexact(value, '');
  if (path !== undefined) throw inexactNumberError(source, path);
  return value;
}

/** Refuses numbers of a YAML document that JavaScript would round. @throws UsageError */
export function requireExactNumbers(document: Document, source: string): void {
  visit(document, {
    Scalar(key, { value, source: digits = '' }, ancestors) {
      if (key === 'key' || typeof value !== 'number') return;
      const isDecimal = /^[-+]?\d[\d.]*(e[-+]?\d+)?$/i.test(digits);
      const isExact = isDecimal ? isSafeNumber(digits.replace(/^\+/, '')) : Number.isFinite(value);
      if (!isExact) throw inexactNumberError(source, yamlPath(key, ancestors));
    },
  });
}

function findInexact(value: unknown, path: string): string | undefined {
  if (value instanceof InexactNumber) return path;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, entry] of Object.entries(value)) {
    const found = findInexact(entry, Array.isArray(value) ? `${path}[${name}]` : joinName(path, name));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Returns the path of a node, as in `schedules.nightly.workflow.args[0].number`. */
function yamlPath(key: unknown, ancestors: readonly (Document | Node | Pair)[]): string {
  let path = '';
  ancestors.forEach((ancestor, index) => {
    const child = ancestors[index + 1];
    if (isPair(ancestor)) path = joinName(path, isScalar(ancestor.key) ? String(ancestor.key.value) : '?');
    else if (isSeq(ancestor)) path += `[${isNode(child) ? ancestor.items.indexOf(child) : Number(key)}]`;
  });
  return path;
}

function joinName(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function inexactNumberError(source: string, path: string): UsageError {
  const problem = 'is a number that would be rounded, such as one beyond 2^53: write it as a string, in quotes';
  return new UsageError(`${source}: ${path === '' ? 'the value' : path} ${problem}`);
}
