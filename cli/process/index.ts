import type { Client } from '@temporalio/client';
import type { Command } from 'commander';
import type { DuvoProcess } from '../../client';
import { type ConnectionFlags, addConnectionFlags, withDuvoWorkflows } from '../connection';
import { addExamples } from '../flags/examples';
import { durationFlag } from '../flags/flag-options';
import { resolveWorkflowId } from '../resolve-id';
import { cancelContinues, withInterruptNotice } from '../terminal/interrupt';
import type { Output } from '../terminal/output';
import { withSlowNotice } from '../terminal/slow-notice';
import { waitWithNotices } from '../terminal/wait-with-notices';
import { addList } from './list';
import { showProcess, waitAndShowResult } from './show';
import { addStart } from './start';

interface Flags extends ConnectionFlags {
  json?: boolean;
  /** In milliseconds. */
  timeout?: number;
}

export function addProcesses(program: Command, output: Output): void {
  const processes = program.command('process').description("users' own workflows: start, list, show, wait, cancel");

  addStart(processes, output);
  addList(processes, output);

  const show = addConnectionFlags(processes.command('show <workflow-id>'))
    .description('show the status of a process, its gates, and its result or failure')
    .action((id: string, flags: Flags) =>
      withProcess(id, flags, (one) =>
        withSlowNotice(showProcess(one, flags, output), `the status of ${one.workflowId}`, flags, output),
      ),
    );
  addExamples(show, 'process show invoiceProcess-4711');

  const wait = addConnectionFlags(processes.command('wait <workflow-id>'))
    .description('wait for the result of a process')
    .addOption(durationFlag('--timeout <duration>', 'time to wait (default: no limit)'))
    .action((id: string, flags: Flags) =>
      withProcess(id, flags, (one, client) => waitAndShowResult(one, client, flags, output)),
    );
  addExamples(wait, 'process wait invoiceProcess-4711 --timeout 10m --json');

  const cancel = addConnectionFlags(processes.command('cancel <workflow-id>'))
    .description('cancel a process, and wait until it has ended; its compensations run first')
    .addOption(durationFlag('--timeout <duration>', 'time to wait (default: no limit)'))
    .action((id: string, flags: Flags) =>
      withProcess(id, flags, async (one, client) => {
        const { workflowId } = one;
        const wait = () => {
          const cancelling = one.cancel({ timeoutMs: flags.timeout });
          const noticed = waitWithNotices(client, workflowId, cancelling, flags, output);
          return withSlowNotice(noticed, `the end of ${workflowId}`, flags, output);
        };
        const status = await withInterruptNotice(wait, () => cancelContinues('process', workflowId, flags), output);
        const text = `${workflowId}: ${status.toLowerCase()}`;
        output.print(flags.json ? JSON.stringify({ workflowId, status }) : text);
      }),
    );
  addExamples(cancel, 'process cancel invoiceProcess-4711');
}

/** Does the work on the process that has this id or begins with it. */
function withProcess(
  id: string,
  flags: Flags,
  work: (process: DuvoProcess, client: Client) => Promise<void>,
): Promise<void> {
  return withDuvoWorkflows(flags, async ({ processes }, client) =>
    work(processes.get(await resolveWorkflowId(client, id)), client),
  );
}
