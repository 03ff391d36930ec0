const DURATION_UNITS: [number, string][] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'm'],
  [1_000, 's'],
];

/** A duration as a person writes it, exactly: `6h`, `90s`. */
export function formatDuration(ms: number): string {
  const [size, unit] = DURATION_UNITS.find(([one]) => ms % one === 0 && ms >= one) ?? [1, 'ms'];
  return `${ms / size}${unit}`;
}
