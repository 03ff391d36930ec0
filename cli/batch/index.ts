import type { Command } from 'commander';
import type { BatchSummary, DuvoBatch } from '../../client';
import { CancelUnconfirmedError } from '../exit-codes';
import { durationFlag, integerFlag } from '../flags/flag-options';
import { keyValueTable, type Output, table } from '../terminal/output';
import { type ConnectionFlags, withBatches, addConnectionFlags } from '../connection';
import { MAX_CONCURRENCY } from '../../contract/batch-input';
import { waitWithNotices } from '../terminal/wait-with-notices';
import { parseInteger } from '../flags/parse-integer';
import { followBatch, showBatchResult, startWithNotices, type WaitFlags } from './follow';
import { countDone } from './progress';
import { checkResultFlags, type ResultFlags, writeResults } from './write-results';
import {
  addBatchStart,
  checkWaitFlags,
  type BatchOptionFlags,
  parseBatchOptionFlags,
  addWaitFlags,
  addBatchOptionFlags,
} from './start';

interface Flags extends ConnectionFlags {
  json?: boolean;
}

export function addBatch(program: Command, output: Output): void {
  const batch = program.command('batch').description('many items, at most so many at one time');
  addBatchStart(batch, output);

  addConnectionFlags(batch.command('list'))
    .description('the batches, newest first')
    .option('--open', 'only those that are open')
    .addOption(integerFlag('--limit <n>', 'at most so many', 1).default(50))
    .action(({ open, limit, ...flags }: Flags & { open?: boolean; limit: number }) =>
      withBatches(flags, async (all) => {
        const found: BatchSummary[] = [];
        for await (const one of all.list({ open, limit })) found.push(one);
        if (flags.json) return output.print(JSON.stringify(found));
        if (found.length === 0) return output.note('no batches');
        output.print(
          table(
            ['workflow id', 'status', 'started', 'ended'],
            found.map(({ workflowId, status, startedAt, endedAt }) => [workflowId, status, startedAt, endedAt]),
          ),
        );
      }),
    );

  addConnectionFlags(batch.command('show <workflow-id>'))
    .description('where a batch stands')
    .action((workflowId: string, flags: Flags) =>
      withBatches(flags, async (all) => {
        const progress = await all.get(workflowId).progress();
        if (flags.json) return output.print(JSON.stringify({ workflowId, ...progress }));
        const { items, allPagesStored, completed, failed, canceled, inFlight, concurrency, paused, stopped } = progress;
        output.print(
          keyValueTable({
            batch: workflowId,
            items: allPagesStored ? items : `${items}, and more to be stored`,
            done: countDone(progress),
            completed,
            failed,
            canceled,
            'under way': `${inFlight} of ${concurrency}`,
            paused: paused ? 'yes' : undefined,
            stopped,
          }),
        );
      }),
    );

  addSimpleCommand(batch, output, 'pause', 'start nothing more until it is resumed; what is under way goes on', (one) =>
    one.pause(),
  );
  addSimpleCommand(batch, output, 'resume', 'go on after a pause', (one) => one.resume());

  addConnectionFlags(batch.command('concurrency <workflow-id> <n>'))
    .description('how many items are worked on at one time from now on')
    .action((workflowId: string, text: string, flags: Flags) => {
      const width = parseInteger('concurrency', text, 1, MAX_CONCURRENCY) ?? 1;
      return withBatches(flags, async (all) => {
        const before = await all.get(workflowId).setConcurrency(width);
        output.print(
          flags.json
            ? JSON.stringify({ workflowId, concurrency: width, before })
            : `${workflowId}: ${before} → ${width}`,
        );
      });
    });

  addConnectionFlags(batch.command('cancel <workflow-id>'))
    .description('cancel what is under way, start nothing more, and wait until all of it has ended')
    .addOption(durationFlag('--timeout <duration>', 'how long to wait'))
    .action((workflowId: string, flags: Flags & { timeout?: number }) =>
      withBatches(flags, async (all) => {
        const result = await all.get(workflowId).cancel({ timeoutMs: flags.timeout });
        showBatchResult(workflowId, result, Boolean(flags.json), output);
        const { canceled, cancel } = result;
        if (cancel?.unconfirmed)
          throw new CancelUnconfirmedError(
            `${cancel.unconfirmed} of ${canceled} cancels are not confirmed: 'batch results ${workflowId}' says which`,
          );
      }),
    );

  addWaitFlags(addBatchOptionFlags(addConnectionFlags(batch.command('redrive <workflow-id>'))))
    .description('a new batch of what did not complete in one that has ended')
    .option('--key <key>', 'names the new batch')
    .option('--task-queue <name>', 'task queue of the workflows (default: DUVO_TASK_QUEUE, else duvo)')
    .action((workflowId: string, flags: WaitFlags & BatchOptionFlags & { key?: string }) => {
      checkWaitFlags(flags);
      return withBatches(flags, async (all, client) => {
        const changes = { ...parseBatchOptionFlags(flags), ...(flags.key && { key: flags.key }) };
        const batch = await startWithNotices(
          (onStored) => all.redrive(workflowId, changes, onStored),
          client,
          flags,
          output,
        );
        await followBatch(batch, client, flags, output);
      });
    });

  addConnectionFlags(batch.command('results <workflow-id>'))
    .description('a row for every item of a batch; waits for its end')
    .option('--out <file>', 'to this file (.csv, else NDJSON), not to stdout')
    .option('--result-format <format>', 'csv or ndjson')
    .option('--with-output', 'what came out of each item, too')
    .action((workflowId: string, flags: Flags & ResultFlags) => {
      checkResultFlags(flags);
      return withBatches(flags, async (all, client) => {
        const writing = writeResults(all.get(workflowId), flags, output);
        const rows = await waitWithNotices(client, workflowId, writing, flags, output);
        if (flags.out !== undefined) output.note(`${rows} rows written to ${flags.out}`);
      });
    });
}

function addSimpleCommand(
  batch: Command,
  output: Output,
  name: string,
  description: string,
  action: (batch: DuvoBatch) => Promise<void>,
): void {
  addConnectionFlags(batch.command(`${name} <workflow-id>`))
    .description(description)
    .action((workflowId: string, flags: Flags) =>
      withBatches(flags, async (all) => {
        await action(all.get(workflowId));
        output.print(flags.json ? JSON.stringify({ workflowId, [name]: true }) : `${workflowId}: ${name}`);
      }),
    );
}
