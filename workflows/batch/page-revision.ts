import { patched } from '@temporalio/workflow';

/**
 * In which turns of the microtask queue a page goes on. A history replays in those that it was begun in.
 *
 * 1. items are started when all that a task brought has been heard; that a page has begun is waited for, and a try after
 *    another one comes a turn later;
 * 2. as 1, without these two, and a slot is handed over in the task that sets it free (`batch-page-2`);
 * 3. as 2, but the end of an item starts the next one in its own turn, and an item goes by callbacks (`batch-page-3`).
 */
export type PageRevision = 1 | 2 | 3;

/** To be asked when a page begins, and kept: asked later, `patched` may say otherwise. */
export function pageRevision(): PageRevision {
  if (patched('batch-page-3')) return 3;
  return patched('batch-page-2') ? 2 : 1;
}
