import type { BatchTotals, ItemRow } from './contract';

export function totalsOf(rows: readonly (ItemRow | undefined)[]): BatchTotals {
  const totals: BatchTotals = { completed: 0, failed: 0, canceled: 0, notStarted: 0 };
  for (const row of rows) if (row) totals[row.status === 'not-started' ? 'notStarted' : row.status]++;
  return totals;
}
