import { UsageError } from '../exit-codes';

/** Parses a JSON array. The error message does not show the text, which may be private. @throws UsageError */
export function parseJsonList(text: string, flag: string): unknown[] {
  try {
    const list: unknown = JSON.parse(text);
    if (Array.isArray(list)) return list as unknown[];
  } catch {
    // The error below also reports text that is not JSON.
  }
  throw new UsageError(`${flag}: must be a list in JSON, such as '[{"number": 4711}]'`);
}
