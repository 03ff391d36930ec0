import ms from 'ms';
import { UsageError } from '../exit-codes';

/** Parses a duration such as `5m`. @returns milliseconds @throws UsageError */
export function parseDuration(text: string, flag: string): number {
  const parsed = /^\d+(\.\d+)?\s*[a-z]+$/i.test(text) ? ms(text) : undefined;
  if (parsed === undefined || Number.isNaN(parsed))
    throw new UsageError(`${flag}: '${text}' is not a duration: write it as 30s, 5m or 36h`);
  return parsed;
}
