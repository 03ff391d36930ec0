/** Ages as a person reads them. */

const UNITS: [ms: number, name: string][] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
];

/** Returns a span of time in its largest unit, such as `3 h`. */
export function formatSpan(ms: number): string {
  for (const [unitMs, name] of UNITS) if (ms >= unitMs) return `${Math.floor(ms / unitMs)} ${name}`;
  return `${Math.max(0, Math.floor(ms / 1_000))} s`;
}

/** Returns a time in the time zone of the person, with the zone. */
export function formatExactTime(time: string): string {
  return new Date(time).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'long' });
}
