import { stat } from 'node:fs/promises';
import type { ItemSource } from './open-source';
import { isUrl } from './open-source';

/** Whether a source is a file that can be read again from its beginning. A pipe, such as `/dev/stdin`, is read once. */
export async function isReadableTwice(source: ItemSource): Promise<boolean> {
  if (typeof source !== 'string' || isUrl(source)) return false;
  // Opening the file reports the error.
  return stat(source).then(
    (stats) => stats.isFile(),
    () => true,
  );
}
