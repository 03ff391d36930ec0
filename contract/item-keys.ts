import { readItemKey } from './template';

/** Temporal's limit of a workflow id. Bytes. */
const MAX_WORKFLOW_ID_BYTES = 1_000;

export function isWorkflowIdTooLong(workflowId: string): boolean {
  return new TextEncoder().encode(workflowId).length > MAX_WORKFLOW_ID_BYTES;
}

/** The business key of an item; nothing when it has none, or one that is refused later. */
export function itemKeyOrUndefined(item: unknown, keyField: string | undefined): string | undefined {
  try {
    return readItemKey(item, keyField);
  } catch {
    return undefined;
  }
}

/** Of each item the place of the first one that has its key. */
export function firstPositionsByKey(items: readonly unknown[], keyField: string | undefined): number[] {
  const positions = new Map<string, number>();
  return items.map((item, at) => {
    const key = itemKeyOrUndefined(item, keyField);
    const first = key === undefined ? undefined : positions.get(key);
    if (key !== undefined && first === undefined) positions.set(key, at);
    return first ?? at;
  });
}
