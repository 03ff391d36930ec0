import ms from 'ms';
import type { Duration } from './run-contract';

/** Milliseconds of a duration; `undefined` when it is none. Neither negative nor infinite durations are durations. */
export function parseDurationMs(value: unknown): number | undefined {
  const result = typeof value === 'number' ? value : typeof value === 'string' ? parseDurationText(value) : undefined;
  return result !== undefined && Number.isFinite(result) && result >= 0 ? result : undefined;
}

/** For a duration that was checked before. */
export function toMs(value: Duration): number {
  const result = parseDurationMs(value);
  if (result === undefined) throw new Error('a duration was used that had not been checked');
  return result;
}

function parseDurationText(text: string): number | undefined {
  // A bare number in a string is more likely a mistake (seconds?) than milliseconds.
  if (!/[a-z]\s*$/i.test(text) || text.length > 100) return undefined;
  return ms(text);
}
