import type { Command } from 'commander';
import type { RunSummary } from '../../client';
import { type ConnectionFlags, addConnectionFlags, withRuns } from '../connection';
import { collect } from '../collect';
import { addExamples } from '../flags/examples';
import { addListFlags, type ListFlags, toListOptions } from '../flags/list-flags';
import type { Output } from '../terminal/output';
import { shortenIds } from '../terminal/short-ids';
import { withSlowNotice } from '../terminal/slow-notice';
import { type Column, formatTable } from '../terminal/table';
import { formatAge, formatDue } from '../terminal/time';
import { formatFault } from './fault';

interface Flags extends ConnectionFlags, ListFlags {
  json?: boolean;
  agent?: string;
}

export function addList(runs: Command, output: Output): void {
  const command = addListFlags(
    addConnectionFlags(runs.command('list'))
      .description('list runs, the newest first')
      .option('--agent <id>', 'only runs of this agent'),
    'runs',
  ).action((flags: Flags) =>
    withRuns(flags, async (all) => {
      const selecting = collect(all.list({ ...toListOptions(flags), agentId: flags.agent }));
      const found = await withSlowNotice(selecting, 'the list of runs', flags, output);
      if (flags.json) return output.print(JSON.stringify(found));
      if (found.length === 0) return output.note('no runs');
      output.print(formatTable(runColumns(found), found, output));
    }),
  );
  addExamples(command, 'run list --status failed --since 24h', 'run list --open --agent 4f1c… --json');
}

/** Why runs cannot be read, for how long, and when they are polled next. A list without such a run has no such columns. */
const FAULT_COLUMNS: Column<RunSummary>[] = [
  { head: 'fault', value: ({ fault }) => fault && formatFault(fault), rank: 1, minWidth: 12 },
  { head: 'for', value: ({ fault }) => formatAge(fault?.since), rank: 2 },
  { head: 'next poll', value: ({ fault }) => formatDue(fault?.nextPoll), rank: 3 },
];

/** What stops wait for, and for how long. A list without such a run has no such columns. */
const STOP_COLUMNS: Column<RunSummary>[] = [
  { head: 'stop waits while', value: ({ stopping }) => stopping?.waitsWhile, rank: 1 },
  { head: 'until', value: ({ stopping }) => formatDue(stopping?.until), rank: 2 },
];

/** Which runs somebody must look at in Duvo. A run that is being stopped needs nobody. A list without such a run has no such column. */
const ATTENTION_COLUMNS: Column<RunSummary>[] = [
  { head: 'in Duvo', value: (run) => (awaitsAttention(run) ? 'needs_attention' : ''), rank: 1, minWidth: 15 },
];

function awaitsAttention({ needsAttention, stopping }: RunSummary): boolean {
  return needsAttention === true && !stopping;
}

function runColumns(found: RunSummary[]): Column<RunSummary>[] {
  const shortId = shortenIds(found.map(({ workflowId }) => workflowId));
  return [
    { head: 'workflow id', value: ({ workflowId }) => shortId(workflowId), rank: 0, minWidth: 20 },
    { head: 'status', value: ({ status }) => status.toLowerCase(), rank: 1, isStatus: true },
    { head: 'age', value: ({ startedAt }) => formatAge(startedAt), rank: 2 },
    { head: 'gates', value: ({ openGates }) => openGates || '', rank: 3 },
    ...(found.some(({ fault }) => fault) ? FAULT_COLUMNS : []),
    ...(found.some(awaitsAttention) ? ATTENTION_COLUMNS : []),
    ...(found.some(({ stopping }) => stopping) ? STOP_COLUMNS : []),
    { head: 'agent', value: ({ agentId }) => agentId, rank: 4 },
    { head: 'Duvo run', value: ({ runId }) => runId, rank: 5 },
  ];
}
