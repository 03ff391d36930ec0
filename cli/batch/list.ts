import type { Command } from 'commander';
import type { BatchSummary } from '../../client';
import { type ConnectionFlags, addConnectionFlags, withBatches } from '../connection';
import { collect } from '../collect';
import { addExamples } from '../flags/examples';
import { addListFlags, type ListFlags, toListOptions } from '../flags/list-flags';
import type { Output } from '../terminal/output';
import { shortenIds } from '../terminal/short-ids';
import { withSlowNotice } from '../terminal/slow-notice';
import { type Column, formatTable } from '../terminal/table';
import { formatAge, formatSpan } from '../terminal/time';

interface Flags extends ConnectionFlags, ListFlags {
  json?: boolean;
}

export function addList(batch: Command, output: Output): void {
  const command = addListFlags(
    addConnectionFlags(batch.command('list')).description('list batches, the newest first'),
    'batches',
  ).action((flags: Flags) =>
    withBatches(flags, async (all) => {
      const selecting = collect(all.list({ ...toListOptions(flags), countWaiting: true }));
      const found = await withSlowNotice(selecting, 'the list of batches', flags, output);
      if (flags.json) return output.print(JSON.stringify(found));
      if (found.length === 0) return output.note('no batches');
      output.print(formatTable(batchColumns(found), found, output));
    }),
  );
  addExamples(command, 'batch list --open', 'batch list --status failed --since 7d --json');
}

function batchColumns(found: BatchSummary[]): Column<BatchSummary>[] {
  const shortId = shortenIds(found.map(({ workflowId }) => workflowId));
  return [
    { head: 'workflow id', value: ({ workflowId }) => shortId(workflowId), rank: 0, minWidth: 20 },
    { head: 'status', value: ({ status }) => status.toLowerCase(), rank: 1, isStatus: true },
    { head: 'items', value: ({ items }) => items, rank: 3 },
    { head: 'completed', value: ({ completed }) => completed, rank: 5 },
    { head: 'failed', value: ({ failed }) => failed, rank: 2 },
    { head: 'waiting', value: ({ waitingForPeople }) => waitingForPeople || '', rank: 4 },
    { head: 'age', value: ({ startedAt }) => formatAge(startedAt), rank: 1 },
    { head: 'took', value: took, rank: 6 },
  ];
}

function took({ startedAt, endedAt }: BatchSummary): string | undefined {
  return endedAt === undefined ? undefined : formatSpan(Date.parse(endedAt) - Date.parse(startedAt));
}
