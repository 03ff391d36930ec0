import { hashJson } from '../text/canonical-json';
import type { Gate } from './gates';

/** Returns the hash of a gate's request as a person sees it. An answer and a receipt name the request by this hash. */
export function hashRequest({
  source,
  type,
  title,
  description,
  questions,
}: Pick<Gate, 'source' | 'type' | 'title' | 'description' | 'questions'>): string {
  // An empty text or list is not shown.
  return hashJson({ source, type, title, description: description || undefined, questions });
}
