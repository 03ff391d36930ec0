import type { Command } from 'commander';
import { commandLine, BATCH_WORKFLOW_TYPE, MAX_CONCURRENCY } from '../../contract';
import type { Client } from '@temporalio/client';
import { type DuvoBatch, NothingToRedriveError, type OnStored } from '../../client';
import { type ConnectionFlags, withBatches, addConnectionFlags } from '../connection';
import { CancelUnconfirmedError } from '../exit-codes';
import { addExamples } from '../flags/examples';
import { durationFlag, nonBlankFlag } from '../flags/flag-options';
import { withFlagNames } from '../flags/name-flags';
import { parseInteger } from '../flags/parse-integer';
import { resolveWorkflowId } from '../resolve-id';
import type { Output } from '../terminal/output';
import { withSlowNotice } from '../terminal/slow-notice';
import { formatFields } from '../terminal/table';
import { waitWithNotices } from '../terminal/wait-with-notices';
import { followBatch, showBatchResult, startWithNotices, type WaitFlags } from './follow';
import { addList } from './list';
import { countDone } from './progress';
import {
  addBatchStart,
  batchOptionOrigins,
  checkWaitFlags,
  type BatchOptionFlags,
  parseBatchOptionFlags,
  addWaitFlags,
  addBatchOptionFlags,
} from './start';
import { checkResultFlags, type ResultFlags, writeResults } from './write-results';

interface Flags extends ConnectionFlags {
  json?: boolean;
}

export function addBatch(program: Command, output: Output): void {
  const batch = program
    .command('batch')
    .description(
      'many items through one template: start, list, show, results, pause, resume, concurrency, cancel, redrive',
    );
  addBatchStart(batch, output);
  addList(batch, output);
  addShow(batch, output);
  addSimpleCommand(batch, output, 'pause', 'start no further items until the batch is resumed', (one) => one.pause());
  addSimpleCommand(batch, output, 'resume', 'continue a paused batch', (one) => one.resume());
  addConcurrency(batch, output);
  addCancel(batch, output);
  addRedrive(batch, output);
  addResults(batch, output);
}

function addShow(batch: Command, output: Output): void {
  const command = addConnectionFlags(batch.command('show <workflow-id>'))
    .description('show the progress of a batch')
    .action((id: string, flags: Flags) =>
      withBatch(id, flags, async (one) => {
        const { workflowId } = one;
        const reading = one.progress();
        const progress = await withSlowNotice(reading, `the progress of ${workflowId}`, flags, output);
        if (flags.json) return output.print(JSON.stringify({ workflowId, ...progress }));
        const { items, allPagesStored, completed, failed, canceled, inFlight, concurrency, paused, stopped } = progress;
        output.print(
          formatFields(
            {
              batch: workflowId,
              items: allPagesStored ? items : `${items}, more are being stored`,
              done: countDone(progress),
              completed,
              failed,
              canceled,
              'in progress': `${inFlight} of ${concurrency}`,
              'wait for a person': progress.waitingForPeople,
              paused: paused ? 'yes' : undefined,
              stopped,
            },
            output,
          ),
        );
      }),
    );
  addExamples(command, 'batch show duvo-batch-invoices-2027-01');
}

function addConcurrency(batch: Command, output: Output): void {
  const command = addConnectionFlags(batch.command('concurrency <workflow-id> <n>'))
    .description('change the maximum number of items at one time')
    .action((id: string, text: string, flags: Flags) => {
      const concurrency = parseInteger('concurrency', text, 1, MAX_CONCURRENCY) ?? 1;
      return withBatch(id, flags, async (one) => {
        const { workflowId } = one;
        const previous = await one.setConcurrency(concurrency);
        const change = `${workflowId}: ${previous} → ${concurrency}`;
        output.print(flags.json ? JSON.stringify({ workflowId, concurrency, previous }) : change);
      });
    });
  addExamples(command, 'batch concurrency duvo-batch-invoices-2027-01 25');
}

function addCancel(batch: Command, output: Output): void {
  const command = addConnectionFlags(batch.command('cancel <workflow-id>'))
    .description('cancel the items in progress, start no further ones, and wait until all have ended')
    .addOption(durationFlag('--timeout <duration>', 'time to wait (default: no limit)'))
    .action((id: string, flags: Flags & { timeout?: number }) =>
      withBatch(id, flags, async (one) => {
        const { workflowId } = one;
        const cancelling = one.cancel({ timeoutMs: flags.timeout });
        const result = await withSlowNotice(cancelling, `the end of the items of ${workflowId}`, flags, output);
        showBatchResult(workflowId, result, Boolean(flags.json), output);
        const { canceled, cancel } = result;
        if (cancel?.unconfirmed)
          throw new CancelUnconfirmedError(
            `${cancel.unconfirmed} of ${canceled} cancellations are not confirmed: ` +
              `'${commandLine('batch', 'results', workflowId)}' lists them`,
          );
      }),
    );
  addExamples(command, 'batch cancel duvo-batch-invoices-2027-01 --timeout 5m');
}

function addRedrive(batch: Command, output: Output): void {
  const command = addWaitFlags(addBatchOptionFlags(addConnectionFlags(batch.command('redrive <workflow-id>'))))
    .description(
      'run the items that did not complete in a batch that has ended again, as a new batch; a repeat attaches to it',
    )
    .addOption(nonBlankFlag('--key <key>', 'business key of the new batch'))
    .option('--task-queue <name>', 'task queue of the new batch (default: the queue of the batch that has ended)')
    .option('--include-unknown', 'also the items of which nothing shows whether they were done')
    .action((id: string, flags: RedriveFlags) => {
      checkWaitFlags(flags);
      return withBatches(flags, async (all, client) => {
        const workflowId = await resolveWorkflowId(client, id, BATCH_WORKFLOW_TYPE);
        const { key, taskQueue, includeUnknown } = flags;
        let leftOut = 0;
        const changes = {
          ...parseBatchOptionFlags(flags),
          ...(key && { key }),
          ...(taskQueue && { taskQueue }),
          ...(includeUnknown && { includeUnknown }),
          onLeftOut: () => leftOut++,
        };
        const origins = batchOptionOrigins(flags);
        const start = (onStored: OnStored) => withFlagNames(origins, () => all.redrive(workflowId, changes, onStored));
        // A redrive without a key has a key of its own, so that the same command continues it.
        const starting = startWithNotices(start, client, { ...flags, key: key ?? workflowId }, output);
        const batch = await starting.catch((error: unknown) => {
          if (!(error instanceof NothingToRedriveError) || error.leftOut > 0) throw error;
          output.note(error.message);
          if (flags.json) output.print(JSON.stringify({ workflowId, items: 0 }));
        });
        if (!batch) return;
        if (leftOut > 0) output.note(leftOutNotice(leftOut, workflowId));
        await followBatch(batch, client, flags, output);
      });
    });
  addExamples(command, 'batch redrive duvo-batch-invoices-2027-01 --concurrency 5');
}

interface RedriveFlags extends WaitFlags, BatchOptionFlags {
  key?: string;
  includeUnknown?: boolean;
}

function leftOutNotice(count: number, workflowId: string): string {
  return (
    `${count} items are left out: nothing shows whether they were done, or their run or case may go on in Duvo. ` +
    `'${commandLine('batch', 'results', workflowId)}' shows them; --include-unknown runs those that Temporal still has.`
  );
}

function addResults(batch: Command, output: Output): void {
  const command = addConnectionFlags(batch.command('results <workflow-id>'))
    .description('write a row for every item of a batch; waits for the end of the batch')
    .option('--out <file>', 'write to this file (.csv, else NDJSON), not to stdout')
    .option('--result-format <format>', 'csv or ndjson')
    .option('--with-output', 'include the output of each item')
    .option('--raw', 'CSV for programs: no apostrophe before a text that a spreadsheet would run as a formula')
    .action((id: string, flags: Flags & ResultFlags) => {
      checkResultFlags(flags);
      return withBatch(id, flags, async (one, client) => {
        const writing = writeResults(one, flags, output);
        const rows = await waitWithNotices(client, one.workflowId, writing, flags, output);
        if (flags.out !== undefined) output.note(`${rows} rows written to ${flags.out}`);
      });
    });
  addExamples(command, 'batch results duvo-batch-invoices-2027-01 --out results.csv --with-output');
}

function addSimpleCommand(
  batch: Command,
  output: Output,
  name: 'pause' | 'resume',
  description: string,
  action: (batch: DuvoBatch) => Promise<void>,
): void {
  const done = { pause: 'paused', resume: 'resumed' }[name];
  const command = addConnectionFlags(batch.command(`${name} <workflow-id>`))
    .description(description)
    .action((id: string, flags: Flags) =>
      withBatch(id, flags, async (one) => {
        const { workflowId } = one;
        await withSlowNotice(action(one), `the batch ${workflowId}`, flags, output);
        output.print(flags.json ? JSON.stringify({ workflowId, [done]: true }) : `${workflowId}: ${done}`);
      }),
    );
  addExamples(command, `batch ${name} duvo-batch-invoices-2027-01`);
}

/** Runs `work` on the batch whose id equals `id` or begins with it. */
function withBatch(id: string, flags: Flags, work: (batch: DuvoBatch, client: Client) => Promise<void>): Promise<void> {
  return withBatches(flags, async (all, client) =>
    work(all.get(await resolveWorkflowId(client, id, BATCH_WORKFLOW_TYPE)), client),
  );
}
