/** One line of the output. `ratio` is ours / baseline, rounded. */
export interface Figure {
  name: string;
  ours: number;
  baseline: number;
  ratio: number;
  unit: string;
}

export function figure(name: string, ours: number, baseline: number, unit: string): Figure {
  return { name, ours: rounded(ours), baseline: rounded(baseline), ratio: rounded(ours / baseline), unit };
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
