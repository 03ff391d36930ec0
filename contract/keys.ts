import { keyOf } from './template';

/** Temporal's limit of a workflow id. Bytes. */
const LONGEST_ID = 1_000;

export function isTooLong(workflowId: string): boolean {
  return new TextEncoder().encode(workflowId).length > LONGEST_ID;
}

/** The business key of an item; nothing when it has none, or one that is refused later. */
export function keyIfAny(item: unknown, keyField: string | undefined): string | undefined {
  try {
    return keyOf(item, keyField);
  } catch {
    return undefined;
  }
}

/** Of each item the place of the first one that has its key. */
export function firstsOf(items: readonly unknown[], keyField: string | undefined): number[] {
  const places = new Map<string, number>();
  return items.map((item, at) => {
    const key = keyIfAny(item, keyField);
    const first = key === undefined ? undefined : places.get(key);
    if (key !== undefined && first === undefined) places.set(key, at);
    return first ?? at;
  });
}
