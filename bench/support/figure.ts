/** One line of the benchmark's output. `ratio` is `ours` divided by `baseline`, rounded to four digits. */
export interface Figure {
  name: string;
  ours: number;
  baseline: number;
  ratio: number;
  unit: string;
}

export function createFigure(name: string, ours: number, baseline: number, unit: string): Figure {
  return {
    name,
    ours: roundToFourDigits(ours),
    baseline: roundToFourDigits(baseline),
    ratio: roundToFourDigits(ours / baseline),
    unit,
  };
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

function roundToFourDigits(value: number): number {
  return Number(value.toPrecision(4));
}
