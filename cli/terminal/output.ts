import Table from 'cli-table3';

/** Where a command writes: results to stdout, everything else to stderr. */
export interface Output {
  out(text: string): void;
  note(text: string): void;
  /** Whether a person sits there who can be asked. */
  interactive: boolean;
}

export const processOutput: Output = {
  out: (text) => void process.stdout.write(`${text}\n`),
  note: (text) => void process.stderr.write(`${text}\n`),
  interactive: Boolean(process.stdin.isTTY && process.stderr.isTTY),
};

export type Row = (string | number | undefined)[];

/** A table for people. */
export function table(head: string[], rows: Row[]): string {
  const plain = new Table({ head, style: { head: [], border: [] } });
  plain.push(...rows.map((row) => row.map((cell) => String(cell ?? ''))));
  return plain.toString();
}

/** A table of one thing: names and values. */
export function facts(entries: Record<string, string | number | undefined>): string {
  const plain = new Table({ style: { head: [], border: [] } });
  plain.push(
    ...Object.entries(entries)
      .filter(([, value]) => value !== undefined && value !== '')
      .map(([name, value]) => ({ [name]: String(value) })),
  );
  return plain.toString();
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
