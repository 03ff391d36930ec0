import { readItemKey } from './template';

/** Temporal's limit for a workflow id. */
const MAX_WORKFLOW_ID_BYTES = 1_000;

export function isWorkflowIdTooLong(workflowId: string): boolean {
  return new TextEncoder().encode(workflowId).length > MAX_WORKFLOW_ID_BYTES;
}

/** Returns the business key of an item, or `undefined` when the item has no valid key. */
export function itemKeyOrUndefined(item: unknown, keyField: string | undefined): string | undefined {
  try {
    return readItemKey(item, keyField);
  } catch {
    return undefined;
  }
}

/** Returns for each item the position of the first item with the same key. */
export function firstPositionsByKey(items: readonly unknown[], keyField: string | undefined): number[] {
  const positions = new Map<string, number>();
  return items.map((item, at) => {
    const key = itemKeyOrUndefined(item, keyField);
    const first = key === undefined ? undefined : positions.get(key);
    if (key !== undefined && first === undefined) positions.set(key, at);
    return first ?? at;
  });
}
