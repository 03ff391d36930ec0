const UNITS: [number, string][] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'm'],
  [1_000, 's'],
];

/** A duration as a person writes it, exactly: `6h`, `90s`. */
export function durationText(millis: number): string {
  const [size, unit] = UNITS.find(([one]) => millis % one === 0 && millis >= one) ?? [1, 'ms'];
  return `${millis / size}${unit}`;
}
