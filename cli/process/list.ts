import type { Command } from 'commander';
import type { ProcessSummary } from '../../client';
import { type ConnectionFlags, addConnectionFlags, withDuvoWorkflows } from '../connection';
import { collect } from '../collect';
import { addExamples } from '../flags/examples';
import { addListFlags, type ListFlags, toListOptions } from '../flags/list-flags';
import { addTaskQueueFlag } from '../flags/task-queue-flags';
import type { Output } from '../terminal/output';
import { shortenIds } from '../terminal/short-ids';
import { withSlowNotice } from '../terminal/slow-notice';
import { type Column, formatTable } from '../terminal/table';
import { formatAge } from '../terminal/time';

interface Flags extends ConnectionFlags, ListFlags {
  json?: boolean;
  type?: string;
  batchItems?: boolean;
}

export function addList(processes: Command, output: Output): void {
  const command = addListFlags(
    addTaskQueueFlag(addConnectionFlags(processes.command('list')))
      .description("list users' own workflows on the task queue, the newest first")
      .option('--type <type>', 'only workflows of this type')
      .option('--batch-items', 'also workflows that batches started for their items'),
    'processes',
  ).action((flags: Flags) =>
    withDuvoWorkflows(flags, async ({ processes: client }) => {
      const { type, batchItems: includeBatchItems } = flags;
      const selecting = collect(client.list({ ...toListOptions(flags), type, includeBatchItems }));
      const found = await withSlowNotice(selecting, 'the list of processes', flags, output);
      if (flags.json) return output.print(JSON.stringify(found));
      if (found.length === 0) return output.note('no processes');
      output.print(formatTable(processColumns(found), found, output));
    }),
  );
  addExamples(command, 'process list --type invoiceProcess', 'process list --status failed --since 24h --json');
}

function processColumns(found: ProcessSummary[]): Column<ProcessSummary>[] {
  const shortId = shortenIds(found.map(({ workflowId }) => workflowId));
  return [
    { head: 'workflow id', value: ({ workflowId }) => shortId(workflowId), rank: 0, minWidth: 20 },
    { head: 'type', value: ({ type }) => type, rank: 4 },
    { head: 'status', value: ({ status }) => status.toLowerCase(), rank: 1, isStatus: true },
    { head: 'age', value: ({ startedAt }) => formatAge(startedAt), rank: 2 },
    { head: 'gates', value: ({ openGates }) => openGates || '', rank: 3 },
  ];
}
