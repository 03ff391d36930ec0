import type { BatchTotals, CancelCounts, ItemRow } from '../../../contract/batches/batch-contract';

const CANCEL_COUNT_FIELDS = {
  confirmed: 'confirmed',
  'already-finished': 'alreadyFinished',
  unconfirmed: 'unconfirmed',
} as const;

export function countTotals(rows: readonly (ItemRow | undefined)[]): BatchTotals {
  const totals: BatchTotals = { completed: 0, failed: 0, canceled: 0, notStarted: 0 };
  for (const row of rows) {
    if (!row) continue;
    if (row.status === 'unknown') totals.unknown = (totals.unknown ?? 0) + 1;
    else totals[row.status === 'not-started' ? 'notStarted' : row.status]++;
    if (row.duplicateOf !== undefined) totals.duplicates = (totals.duplicates ?? 0) + 1;
    if (row.alreadyStarted) totals.alreadyStarted = (totals.alreadyStarted ?? 0) + 1;
    if (row.cancel) (totals.cancel ??= zeroCancelCounts())[CANCEL_COUNT_FIELDS[row.cancel]]++;
  }
  return totals;
}

export function addTotals(to: BatchTotals, { cancel, ...more }: BatchTotals): void {
  for (const name of Object.keys(more) as (keyof typeof more)[]) to[name] = (to[name] ?? 0) + (more[name] ?? 0);
  if (!cancel) return;
  const sum = (to.cancel ??= zeroCancelCounts());
  for (const name of Object.keys(cancel) as (keyof CancelCounts)[]) sum[name] += cancel[name];
}

const zeroCancelCounts = (): CancelCounts => ({ confirmed: 0, alreadyFinished: 0, unconfirmed: 0 });
