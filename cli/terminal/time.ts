const UNITS: [unit: string, ms: number][] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
];

/** A time span in its largest unit, as people say it: `3 h`. */
export function formatSpan(ms: number): string {
  const [unit, unitMs] = UNITS.find(([, size]) => ms >= size) ?? ['s', 1_000];
  return `${Math.floor(Math.max(0, ms) / unitMs)} ${unit}`;
}

/** How long ago a time was; nothing without a time. */
export function formatAge(iso: string | undefined, nowMs = Date.now()): string | undefined {
  return iso === undefined ? undefined : formatSpan(nowMs - Date.parse(iso));
}

/** The time until a deadline, or since it passed. */
export function formatDue(iso: string | undefined, nowMs = Date.now()): string | undefined {
  if (iso === undefined) return undefined;
  const leftMs = Date.parse(iso) - nowMs;
  return leftMs >= 0 ? `in ${formatSpan(leftMs)}` : `${formatSpan(-leftMs)} ago`;
}

export function formatSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
