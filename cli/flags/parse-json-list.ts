import { UsageError } from '../exit-codes';
import { parseExactJson } from './exact-json';

/** Parses a JSON array. The error message does not show the text, which may be private. @throws UsageError */
export function parseJsonList(text: string, flag: string): unknown[] {
  try {
    const list = parseExactJson(text, flag);
    if (Array.isArray(list)) return list as unknown[];
  } catch (error) {
    if (error instanceof UsageError) throw error;
    // The error below also reports text that is not JSON.
  }
  throw new UsageError(`${flag}: must be a list in JSON, such as '[{"number": 4711}]'`);
}
