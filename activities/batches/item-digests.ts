import type { BatchTemplate } from '../../contract/batches/batch-contract';
import { renderItemInput } from '../../contract/batches/template';
import { inputDigest } from '../../items/input-digest';

/** A page as its store returns it. */
export interface StoredPage {
  /** Position of the first item in the batch. */
  first: number;
  items: unknown[];
}

export interface DigestedItems extends StoredPage {
  /** For each item, the digest of what it starts; `null` when the template does not fit the item. */
  digests: (string | null)[];
}

/** Digests are made in an activity, because workflow code has no SHA-256. */
export function digestItemInputs(template: BatchTemplate, items: unknown[]): (string | null)[] {
  return items.map((item) => {
    try {
      return inputDigest(renderItemInput(template, item));
    } catch {
      // The page reports what is wrong with the item when it starts the item.
      return null;
    }
  });
}
