import ms from 'ms';

/** A duration: milliseconds, or a string such as `'36h'`, `'90s'`, `'500ms'`. */
export type Duration = string | number;

/** Returns the milliseconds of a duration, or `undefined` when the value is not a finite, non-negative duration. */
export function parseDurationMs(value: unknown): number | undefined {
  const result = typeof value === 'number' ? value : typeof value === 'string' ? parseDurationText(value) : undefined;
  return result !== undefined && Number.isFinite(result) && result >= 0 ? result : undefined;
}

/** Returns the milliseconds of a duration that an input check has accepted. */
export function toMs(value: Duration): number {
  const result = parseDurationMs(value);
  if (result === undefined) throw new Error('toMs received a value that no input check has accepted as a duration');
  return result;
}

function parseDurationText(text: string): number | undefined {
  // A bare number in a string is more likely a mistake (seconds?) than milliseconds.
  if (!/^\s*[-+]?[\d.]+\s*(ms|[smhdw])\s*$/i.test(text) || text.length > 100) return undefined;
  return ms(text);
}
