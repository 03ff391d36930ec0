import type { Command } from 'commander';
import { AGENT_RUN_WORKFLOW_TYPE } from '../../contract';
import { type ConnectionFlags, addConnectionFlags, withRuns } from '../connection';
import { CancelUnconfirmedError } from '../exit-codes';
import { addExamples } from '../flags/examples';
import { durationFlag } from '../flags/flag-options';
import { resolveWorkflowId } from '../resolve-id';
import { cancelContinues, withInterruptNotice } from '../terminal/interrupt';
import type { Output } from '../terminal/output';
import { withSlowNotice } from '../terminal/slow-notice';
import { waitWithNotices } from '../terminal/wait-with-notices';
import { addList } from './list';
import { addMessages } from './messages';
import { showRun, waitAndShowResult } from './show';
import { addAttach, addStart } from './start';

interface Flags extends ConnectionFlags {
  json?: boolean;
  /** In milliseconds. */
  timeout?: number;
}

export function addRuns(program: Command, output: Output): void {
  const runs = program.command('run').description('agent runs: start, attach, list, show, messages, wait, cancel');

  addStart(runs, output);
  addAttach(runs, output);
  addList(runs, output);

  const show = addConnectionFlags(runs.command('show <workflow-id>'))
    .description('show the status of a run, its clocks and gates, and what the agent said last')
    .action((id: string, flags: Flags) =>
      withRuns(flags, async (all, client) => {
        const run = all.get(await resolveWorkflowId(client, id, AGENT_RUN_WORKFLOW_TYPE));
        await withSlowNotice(showRun(run, flags, output), `the status of ${run.workflowId}`, flags, output);
      }),
    );
  addExamples(show, 'run show duvo-run-invoice-4711');

  addMessages(runs, output);

  const wait = addConnectionFlags(runs.command('wait <workflow-id>'))
    .description('wait for the result of a run')
    .addOption(durationFlag('--timeout <duration>', 'time to wait (default: no limit)'))
    .action((id: string, flags: Flags) =>
      withRuns(flags, async (all, client) => {
        const run = all.get(await resolveWorkflowId(client, id, AGENT_RUN_WORKFLOW_TYPE));
        await waitAndShowResult(run, client, flags, output);
      }),
    );
  addExamples(wait, 'run wait duvo-run-invoice-4711 --timeout 10m');

  const cancel = addConnectionFlags(runs.command('cancel <workflow-id>'))
    .description('cancel a run, and wait until the run has ended in Duvo')
    .addOption(durationFlag('--timeout <duration>', 'time to wait (default: no limit)'))
    .action((id: string, flags: Flags) =>
      withRuns(flags, async (all, client) => {
        const workflowId = await resolveWorkflowId(client, id, AGENT_RUN_WORKFLOW_TYPE);
        const wait = () => {
          const cancelling = all.get(workflowId).cancel({ timeoutMs: flags.timeout });
          const noticed = waitWithNotices(client, workflowId, cancelling, flags, output);
          return withSlowNotice(noticed, `the end of ${workflowId} in Duvo`, flags, output);
        };
        const outcome = await withInterruptNotice(wait, () => cancelContinues('run', workflowId, flags), output);
        output.print(flags.json ? JSON.stringify({ workflowId, cancel: outcome }) : `${workflowId}: ${outcome}`);
        if (outcome === 'unconfirmed')
          throw new CancelUnconfirmedError(
            `the cancellation of ${workflowId} is not confirmed: its run may continue in Duvo`,
          );
      }),
    );
  addExamples(cancel, 'run cancel duvo-run-invoice-4711');
}
