import Table from 'cli-table3';

/** Where a command writes: results to stdout, everything else to stderr. */
export interface Output {
  print(text: string): void;
  note(text: string): void;
  /** Whether a person sits there who can be asked. */
  isInteractive: boolean;
}

export const processOutput: Output = {
  print: (text) => void process.stdout.write(`${text}\n`),
  note: (text) => void process.stderr.write(`${text}\n`),
  isInteractive: Boolean(process.stdin.isTTY && process.stderr.isTTY),
};

export type TableRow = (string | number | undefined)[];

/** A table for people. */
export function table(head: string[], rows: TableRow[]): string {
  const plain = new Table({ head, style: { head: [], border: [] } });
  plain.push(...rows.map((row) => row.map((cell) => String(cell ?? ''))));
  return plain.toString();
}

/** A table of one thing: names and values. */
export function keyValueTable(entries: Record<string, string | number | undefined>): string {
  const plain = new Table({ style: { head: [], border: [] } });
  plain.push(
    ...Object.entries(entries)
      .filter(([, value]) => value !== undefined && value !== '')
      .map(([name, value]) => ({ [name]: String(value) })),
  );
  return plain.toString();
}

export function formatSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
