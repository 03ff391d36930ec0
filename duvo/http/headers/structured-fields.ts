import { parseDictionary, parseItem, parseList } from 'structured-headers';

/** Parsers of structured fields (RFC 9651) that return `undefined` for a value with another syntax. */

/** A value, or the values of an inner list, with its parameters. */
export type StructuredMember = [value: unknown, parameters: ReadonlyMap<string, unknown>];

/** A date with nothing but parameters after it. */
const DATE_ITEM = /^@(-?\d{1,15} *(?:;.*)?)$/;

/**
 * Parses a field that holds one item. The parameters of the item are ignored. Returns `undefined` for a date beyond the
 * range of `Date`, too.
 */
export function parseStructuredItem(value: string): unknown {
  // structured-headers 2.1 refuses parameters after a date. Without its `@`, the date is an integer, which may have them.
  const date = DATE_ITEM.exec(value.trim())?.[1];
  if (date === undefined) return tryParse(() => parseItem(value)[0] as unknown);
  const seconds = tryParse(() => parseItem(date)[0] as unknown);
  const at = new Date(Number(seconds) * 1000);
  return Number.isNaN(at.getTime()) ? undefined : at;
}

export function parseStructuredDictionary(value: string): ReadonlyMap<string, StructuredMember> | undefined {
  return tryParse(() => parseDictionary(value) as ReadonlyMap<string, StructuredMember>);
}

export function parseStructuredList(value: string): StructuredMember[] | undefined {
  return tryParse(() => parseList(value) as StructuredMember[]);
}

function tryParse<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}
