import type { Gate } from '../../client';
import type { Output } from '../terminal/output';
import { type Column, formatTable } from '../terminal/table';
import { formatAge, formatDue } from '../terminal/time';

const COLUMNS: Column<Gate>[] = [
  { head: 'gate', value: ({ gateId }) => gateId, rank: 1 },
  { head: 'outcome', value: ({ outcome }) => outcome ?? 'open', rank: 0, isStatus: true },
  { head: 'title', value: ({ title }) => title, rank: 2 },
  { head: 'by', value: ({ by }) => by, rank: 3 },
  { head: 'closed', value: ({ at, due }) => (at ? `${formatAge(at)} ago` : due && `due ${formatDue(due)}`), rank: 4 },
];

/** Formats the open and closed gates of one run or process as a table. */
export function gateTable(gates: Gate[], output: Output): string {
  return formatTable(COLUMNS, gates, output);
}
