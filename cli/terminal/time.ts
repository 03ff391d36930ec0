const UNITS: [unit: string, ms: number][] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
];

/** Formats a time span in its largest unit: `3 h`. */
export function formatSpan(ms: number): string {
  const [unit, unitMs] = UNITS.find(([, size]) => ms >= size) ?? ['s', 1_000];
  return `${Math.floor(Math.max(0, ms) / unitMs)} ${unit}`;
}

/** Formats how long ago a time was; empty when the time is absent. */
export function formatAge(iso: string | undefined, nowMs = Date.now()): string | undefined {
  return iso === undefined ? undefined : formatSpan(nowMs - Date.parse(iso));
}

/** Formats the time that is left until a deadline, or the time since the deadline has passed. */
export function formatDue(iso: string | undefined, nowMs = Date.now()): string | undefined {
  if (iso === undefined) return undefined;
  const leftMs = Date.parse(iso) - nowMs;
  return leftMs >= 0 ? `in ${formatSpan(leftMs)}` : `${formatSpan(-leftMs)} ago`;
}

export function formatSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
