import { patched } from '@temporalio/workflow';

/**
 * In which turns a page goes on. A history replays in those that it was begun in.
 *
 * 1. once a task, and what it tells others is waited for;
 * 2. once a task, in which a slot that it sets free is handed over (`batch-page-2`);
 * 3. as 2, and the end of an item starts the next one in its own turn; an item goes by callbacks (`batch-page-3`).
 */
export type PageRevision = 1 | 2 | 3;

/** Asked once, when a page begins: what is asked later may be answered otherwise (`patched`). */
export function pageRevision(): PageRevision {
  if (patched('batch-page-3')) return 3;
  return patched('batch-page-2') ? 2 : 1;
}
