import { UsageError } from '../exit-codes';

/** Reads a list in JSON. The error shows no content, which may be private. @throws UsageError */
export function parseJsonList(text: string, flag: string): unknown[] {
  try {
    const list: unknown = JSON.parse(text);
    if (Array.isArray(list)) return list as unknown[];
  } catch {
    // The error below covers both.
  }
  throw new UsageError(`${flag}: must be a list in JSON, such as '[{"number": 4711}]'`);
}
