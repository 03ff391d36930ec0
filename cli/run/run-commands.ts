import { type Command, Option } from 'commander';
import type { Client } from '@temporalio/client';
import type { DuvoRun, RunSummary } from '../../client';
import { CancelUnconfirmedError, UsageError } from '../exit-codes';
import { withFailureJson } from '../terminal/with-failure-json';
import { deadlineFlag, durationFlag, nonBlankFlag, integerFlag } from '../flags/flag-options';
import { type PriorityFlags, parsePriorityFlags, addPriorityFlags } from '../flags/priority-flags';
import { addMessages } from './messages-command';
import { type Output, table } from '../terminal/output';
import { type ConnectionFlags, addConnectionFlags, withRuns } from '../connection';
import { showResult, showRun } from './show';
import { waitWithNotices } from '../terminal/wait-with-notices';

interface Flags extends ConnectionFlags {
  json?: boolean;
  /** In milliseconds. */
  timeout?: number;
}

interface StartFlags extends Flags, PriorityFlags {
  agent: string;
  message?: string;
  key?: string;
  sandbox?: string;
  deadline?: string;
  onCancel?: 'stop' | 'abandon';
  wait?: boolean;
}

export function addRuns(program: Command, output: Output): void {
  const runs = program.command('runs').description('agent runs: start, attach, list, show, messages, wait, cancel');

  addPriorityFlags(addConnectionFlags(runs.command('start')))
    .description('start a run of an agent, or attach to the run of the same --key')
    .addOption(nonBlankFlag('--agent <id>', "Duvo's id of the agent").makeOptionMandatory())
    .option('--message <text>', 'what the agent is told')
    .option('--key <key>', 'business key, e.g. invoice-4711: the same key attaches to the same run')
    .option('--sandbox <id>', 'sandbox to run in')
    .addOption(deadlineOption())
    .addOption(onCancelOption())
    .option('--task-queue <name>', 'task queue of the workflows (default: DUVO_TASK_QUEUE, else duvo)')
    .option(
      '--api-task-queue <name>',
      'task queue of the Duvo activities (default: DUVO_API_TASK_QUEUE, else duvo-api)',
    )
    .option('--wait', 'wait for the result')
    .addOption(durationFlag('--timeout <duration>', 'with --wait: how long'))
    .action((flags: StartFlags) => {
      checkTimeoutFlag(flags);
      return withRuns(flags, async (all, client) => {
        const { agent: agentId, message, key, sandbox: sandboxId, deadline, onCancel } = flags;
        const input = { agentId, message, key, sandboxId, deadline, onCancel };
        const run = await all.start(input, { priority: parsePriorityFlags(flags) });
        return showStarted(run, client, flags, output);
      });
    });

  addConnectionFlags(runs.command('attach <run-id>'))
    .description('watch a Duvo run that somebody else started; the same run again is the same workflow')
    .addOption(deadlineOption())
    .addOption(onCancelOption())
    .option('--task-queue <name>', 'task queue of the workflows (default: DUVO_TASK_QUEUE, else duvo)')
    .option(
      '--api-task-queue <name>',
      'task queue of the Duvo activities (default: DUVO_API_TASK_QUEUE, else duvo-api)',
    )
    .option('--wait', 'wait for the result')
    .addOption(durationFlag('--timeout <duration>', 'with --wait: how long'))
    .action((runId: string, flags: Omit<StartFlags, 'agent'>) => {
      checkTimeoutFlag(flags);
      return withRuns(flags, async (all, client) => {
        const { deadline, onCancel } = flags;
        return showStarted(await all.attach(runId, { deadline, onCancel }), client, flags, output);
      });
    });

  addConnectionFlags(runs.command('list'))
    .description('the runs, newest first')
    .option('--open', 'only those that are open')
    .option('--agent <id>', 'only those of this agent')
    .addOption(integerFlag('--limit <n>', 'at most so many', 1).default(50))
    .action(({ limit, ...flags }: Flags & { open?: boolean; agent?: string; limit: number }) =>
      withRuns(flags, async (all) => {
        const found: RunSummary[] = [];
        for await (const run of all.list({ open: flags.open, agentId: flags.agent, limit })) found.push(run);
        if (flags.json) return output.print(JSON.stringify(found));
        if (found.length === 0) return output.note('no runs');
        output.print(
          table(
            ['workflow id', 'status', 'agent', 'Duvo run', 'open gates', 'started'],
            found.map((run) => [run.workflowId, run.status, run.agentId, run.runId, run.openGates, run.startedAt]),
          ),
        );
      }),
    );

  addConnectionFlags(runs.command('show <workflow-id>'))
    .description('where a run stands, with its gates and clocks')
    .action((workflowId: string, flags: Flags) =>
      withRuns(flags, (all) => showRun(all.get(workflowId), flags, output)),
    );

  addMessages(runs, output);

  addConnectionFlags(runs.command('wait <workflow-id>'))
    .description('wait for the result of a run')
    .addOption(durationFlag('--timeout <duration>', 'how long'))
    .action((workflowId: string, flags: Flags) =>
      withRuns(flags, (all, client) => waitAndShowResult(all.get(workflowId), client, flags, output)),
    );

  addConnectionFlags(runs.command('cancel <workflow-id>'))
    .description("cancel a run, and wait until Duvo's side is seen to have ended")
    .addOption(durationFlag('--timeout <duration>', 'how long to wait'))
    .action((workflowId: string, flags: Flags) =>
      withRuns(flags, async (all) => {
        const run: DuvoRun = all.get(workflowId);
        const cancel = await run.cancel({ timeoutMs: flags.timeout });
        output.print(flags.json ? JSON.stringify({ workflowId, cancel }) : `${workflowId}: ${cancel}`);
        if (cancel === 'unconfirmed')
          throw new CancelUnconfirmedError(`the cancel of ${workflowId} is not confirmed: its run may go on in Duvo`);
      }),
    );
}

async function showStarted(
  run: DuvoRun,
  client: Client,
  flags: Flags & { wait?: boolean },
  output: Output,
): Promise<void> {
  const { workflowId, attached } = run;
  const what = `${attached ? 'attached to' : 'started'} ${workflowId}`;
  if (!flags.wait) return output.print(flags.json ? JSON.stringify({ workflowId, attached }) : what);
  output.note(`${what}; waiting …`);
  await waitAndShowResult(run, client, flags, output);
}

async function waitAndShowResult(run: DuvoRun, client: Client, flags: Flags, output: Output): Promise<void> {
  const { workflowId } = run;
  const ended = waitWithNotices(client, workflowId, run.result({ timeoutMs: flags.timeout }), flags, output);
  showResult(await withFailureJson(ended, workflowId, flags, output), flags, output);
}

function checkTimeoutFlag({ wait, timeout }: Omit<StartFlags, 'agent'>): void {
  if (timeout !== undefined && !wait) throw new UsageError('--timeout: goes with --wait');
}

function deadlineOption(): Option {
  return deadlineFlag(
    '--deadline <duration>',
    "time for queue and agent together, e.g. 2h; a person's time does not count",
  );
}

function onCancelOption(): Option {
  return new Option('--on-cancel <what>', 'what a cancel of the workflow does to the Duvo run (default: stop)').choices(
    ['stop', 'abandon'],
  );
}
