import { createHash } from 'node:crypto';

/**
 * The Idempotency-Key of a mutation: a digest of the name that the workflow gave to the step and of everything that is
 * sent. Every attempt of a step sends the same key. A step that is done again with other content (after a reset, say)
 * is another request to Duvo, not a conflict with the first. A digest fits any header, whatever a workflow id is like.
 */
export function idempotencyKey(step: string, content: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify([step, content]))
    .digest('hex');
}
