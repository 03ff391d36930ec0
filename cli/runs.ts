import { type Command, Option } from 'commander';
import type { Client } from '@temporalio/client';
import type { AgentRunResult, DuvoRun, RunSummary } from '../client';
import { duration } from './durations';
import { CancelUnconfirmedError } from './exit-codes';
import { type PriorityFlags, priorityOf, withPriority } from './priority';
import { addMessages } from './messages';
import { facts, type Output, seconds, table } from './output';
import { type ConnectionFlags, withConnection, withRuns } from './session';
import { waitTelling } from './waiting';
import { wholeNumber } from './whole-number';

interface Flags extends ConnectionFlags {
  json?: boolean;
  timeout?: string;
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

  withPriority(withConnection(runs.command('start')))
    .description('start a run of an agent, or attach to the run of the same --key')
    .requiredOption('--agent <id>', "Duvo's id of the agent")
    .option('--message <text>', 'what the agent is told')
    .option('--key <key>', 'business key, e.g. invoice-4711: the same key attaches to the same run')
    .option('--sandbox <id>', 'sandbox to run in')
    .option('--deadline <duration>', "time for queue and agent together, e.g. 2h; a person's time does not count")
    .addOption(onCancelOption())
    .option('--task-queue <name>', 'task queue of the workflows (default: DUVO_TASK_QUEUE, else duvo)')
    .option(
      '--api-task-queue <name>',
      'task queue of the Duvo activities (default: DUVO_API_TASK_QUEUE, else duvo-api)',
    )
    .option('--wait', 'wait for the result')
    .option('--timeout <duration>', 'with --wait: how long')
    .action((flags: StartFlags) =>
      withRuns(flags, async (all, client) => {
        const { agent: agentId, message, key, sandbox: sandboxId, onCancel } = flags;
        const deadline = deadlineOf(flags);
        const input = { agentId, message, key, sandboxId, deadline, onCancel };
        const run = await all.start(input, { priority: priorityOf(flags) });
        return showStarted(run, client, flags, output);
      }),
    );

  withConnection(runs.command('attach <run-id>'))
    .description('watch a Duvo run that somebody else started; the same run again is the same workflow')
    .option('--deadline <duration>', "time for queue and agent together, e.g. 2h; a person's time does not count")
    .addOption(onCancelOption())
    .option('--task-queue <name>', 'task queue of the workflows (default: DUVO_TASK_QUEUE, else duvo)')
    .option(
      '--api-task-queue <name>',
      'task queue of the Duvo activities (default: DUVO_API_TASK_QUEUE, else duvo-api)',
    )
    .option('--wait', 'wait for the result')
    .option('--timeout <duration>', 'with --wait: how long')
    .action((runId: string, flags: Omit<StartFlags, 'agent'>) =>
      withRuns(flags, async (all, client) => {
        const { onCancel } = flags;
        const deadline = deadlineOf(flags);
        return showStarted(await all.attach(runId, { deadline, onCancel }), client, flags, output);
      }),
    );

  withConnection(runs.command('list'))
    .description('the runs, newest first')
    .option('--open', 'only those that are open')
    .option('--agent <id>', 'only those of this agent')
    .option('--limit <n>', 'at most so many', '50')
    .action((flags: Flags & { open?: boolean; agent?: string; limit: string }) =>
      withRuns(flags, async (all) => {
        const found: RunSummary[] = [];
        const limit = wholeNumber('--limit', flags.limit, 1);
        for await (const run of all.list({ open: flags.open, agentId: flags.agent, limit })) found.push(run);
        if (flags.json) return output.out(JSON.stringify(found));
        if (found.length === 0) return output.note('no runs');
        output.out(
          table(
            ['workflow id', 'status', 'agent', 'Duvo run', 'open gates', 'started'],
            found.map((run) => [run.workflowId, run.status, run.agentId, run.runId, run.openGates, run.startedAt]),
          ),
        );
      }),
    );

  withConnection(runs.command('show <workflow-id>'))
    .description('where a run stands, with its gates and clocks')
    .action((workflowId: string, flags: Flags) =>
      withRuns(flags, async (all) => {
        const run = all.get(workflowId);
        const [state, gates] = [await run.state(), await run.gates()];
        if (flags.json) return output.out(JSON.stringify({ workflowId, ...state, gates }));
        const { clocks } = state;
        output.out(
          facts({
            'workflow id': workflowId,
            'Duvo run': state.runId,
            status: state.status,
            cancel: state.cancel,
            queued: seconds(clocks.queuedMs),
            agent: seconds(clocks.agentMs),
            people: seconds(clocks.humanMs),
          }),
        );
        if (gates.length > 0) {
          const rows = gates.map((gate) => [
            gate.ref,
            gate.type,
            gate.title,
            gate.outcome ?? 'open',
            gate.by,
            gate.at ?? gate.due,
          ]);
          output.out(table(['gate', 'type', 'title', 'outcome', 'by', 'at / due'], rows));
        }
      }),
    );

  addMessages(runs, output);

  withConnection(runs.command('wait <workflow-id>'))
    .description('wait for the result of a run')
    .option('--timeout <duration>', 'how long')
    .action((workflowId: string, flags: Flags) =>
      withRuns(flags, (all, client) => showEnd(all.get(workflowId), client, flags, output)),
    );

  withConnection(runs.command('cancel <workflow-id>'))
    .description("cancel a run, and wait until Duvo's side is seen to have ended")
    .option('--timeout <duration>', 'how long to wait')
    .action((workflowId: string, flags: Flags) =>
      withRuns(flags, async (all) => {
        const run: DuvoRun = all.get(workflowId);
        const cancel = await run.cancel(timeoutOf(flags));
        output.out(flags.json ? JSON.stringify({ workflowId, cancel }) : `${workflowId}: ${cancel}`);
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
  if (!flags.wait) return output.out(flags.json ? JSON.stringify({ workflowId, attached }) : what);
  output.note(`${what}; waiting …`);
  await showEnd(run, client, flags, output);
}

async function showEnd(run: DuvoRun, client: Client, flags: Flags, output: Output): Promise<void> {
  const result = run.result(timeoutOf(flags));
  showResult(await waitTelling(client, run.workflowId, result, flags, output), flags, output);
}

export function showResult(result: AgentRunResult, { json }: { json?: boolean }, output: Output): void {
  if (json) return output.out(JSON.stringify(result));
  const { clocks, gates } = result;
  output.out(
    facts({
      'Duvo run': result.runId,
      status: result.status,
      output: result.output,
      gates: gates.map(({ title, outcome, by }) => `${title}: ${outcome}${by ? ` by ${by}` : ''}`).join('\n'),
      queued: seconds(clocks.queuedMs),
      agent: seconds(clocks.agentMs),
      people: seconds(clocks.humanMs),
    }),
  );
}

/** As it was typed, which is what the same key is compared by; checked before anything is started. */
function deadlineOf({ deadline }: { deadline?: string }): string | undefined {
  if (deadline !== undefined) duration(deadline, '--deadline');
  return deadline;
}

function onCancelOption(): Option {
  return new Option('--on-cancel <what>', 'what a cancel of the workflow does to the Duvo run (default: stop)').choices(
    ['stop', 'abandon'],
  );
}

function timeoutOf({ timeout }: Flags): { timeoutMs?: number } {
  return timeout === undefined ? {} : { timeoutMs: duration(timeout, '--timeout') };
}
