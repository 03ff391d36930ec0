import { type Command, Option } from 'commander';
import type { BatchOptions, ItemFormat } from '../../client';
import { MAX_ATTEMPTS, MAX_CONCURRENCY } from '../../contract/batch-input';
import { UsageError } from '../exit-codes';
import { deadlineFlag, durationFlag, numberFlag, nonBlankFlag, integerFlag } from '../flags/flag-options';
import type { Output } from '../terminal/output';
import { type PriorityFlags, parsePriorityFlags, addPriorityFlags } from '../flags/priority-flags';
import { withBatches, addConnectionFlags } from '../connection';
import { followBatch, startWithNotices, type WaitFlags } from './follow';
import { checkResultFlags, type ResultFlags, writeResults } from './write-results';
import { type TemplateFlags, parseTemplateFlags } from './template';

export interface BatchOptionFlags extends PriorityFlags {
  concurrency?: number;
  attempts?: number;
  stopAtFailureShare?: number;
  stopNotBefore?: number;
}

interface StartFlags extends WaitFlags, BatchOptionFlags, TemplateFlags, ResultFlags {
  key?: string;
  keyField?: string;
  format?: ItemFormat;
  delimiter?: string;
  fromWorkers?: boolean;
}

export function addBatchStart(batch: Command, output: Output): void {
  const command = addConnectionFlags(batch.command('run <items>'))
    .description('work on many items: a file, an http(s) URL, or - for stdin; each is a run, a workflow or a case')
    .addOption(nonBlankFlag('--agent <id>', 'a run of this agent for each item'))
    .option('--message <text>', 'with --agent: what the agent is told, e.g. "Read invoice {{number}}"')
    .option('--sandbox <id>', 'with --agent: sandbox to run in')
    .addOption(deadlineFlag('--deadline <duration>', 'with --agent: of each run'))
    .option('--workflow <type>', 'a workflow of this type for each item, with the item as its argument')
    .option('--queue <id>', 'a case in this queue for each item, followed until it is done')
    .option('--title <text>', 'with --queue: of the case')
    .option('--data <text>', 'with --queue: of the case')
    .option('--template <file>', 'JSON with run, workflow or case, instead of these flags')
    .option('--key <key>', 'names the batch: the same key goes on with the same batch')
    .option('--key-field <name>', 'field of an item that is its business key')
    .addOption(
      new Option('--format <format>', 'csv, ndjson or json (default: by the name)').choices(['csv', 'ndjson', 'json']),
    )
    .addOption(new Option('--delimiter <sign>', 'of CSV (default: a comma)').argParser(parseDelimiter))
    .option('--from-workers', 'the workers read <items>: an absolute path, or a URL, that all of them can read')
    .option('--task-queue <name>', 'task queue of the workflows (default: DUVO_TASK_QUEUE, else duvo)')
    .option(
      '--api-task-queue <name>',
      'task queue of the Duvo activities (default: DUVO_API_TASK_QUEUE, else duvo-api)',
    )
    .option('--out <file>', 'then write a row for every item to this file (.csv, else NDJSON)')
    .option('--with-output', 'with --out: what came out of each item, too');
  addWaitFlags(addBatchOptionFlags(command)).action((items: string, flags: StartFlags) => {
    const { key, keyField, format, delimiter, out, fromWorkers } = flags;
    checkWaitFlags(flags);
    if (items === '-' && format === undefined) throw new UsageError('--format is missing: stdin has no name');
    if (items === '-' && fromWorkers) throw new UsageError('--from-workers: the workers cannot read this stdin');
    const options = {
      template: parseTemplateFlags(flags),
      ...parseBatchOptionFlags(flags),
      ...(fromWorkers && { readBy: 'workers' as const }),
      ...(key && { key }),
      ...(keyField && { keyField }),
      ...(format && { format }),
      ...(delimiter && { delimiter }),
    };
    checkResultFlags(flags);
    return withBatches(flags, async (all, client) => {
      const source = items === '-' ? process.stdin : items;
      const batch = await startWithNotices(
        (onStored) => all.startFromSource(source, options, onStored),
        client,
        flags,
        output,
      );
      const whenEnded = out === undefined ? undefined : () => writeResults(batch, flags, output);
      await followBatch(batch, client, flags, output, whenEnded);
    });
  });
}

export function addBatchOptionFlags(command: Command): Command {
  return addPriorityFlags(
    command
      .addOption(integerFlag('--concurrency <n>', 'items that run at a time (default: 10)', 1, MAX_CONCURRENCY))
      .addOption(integerFlag('--attempts <n>', 'how often an item is tried (default: once)', 1, MAX_ATTEMPTS))
      .addOption(
        numberFlag('--stop-at-failure-share <share>', 'start nothing more when this share has failed, e.g. 0.2', {
          exclusiveMin: 0,
          max: 1,
        }),
      )
      .addOption(integerFlag('--stop-not-before <n>', 'but not before so many have ended (default: 10)', 1)),
  );
}

export function addWaitFlags(command: Command): Command {
  return command
    .option('--detach', 'come back when all items are stored, or the workers have been told to read them')
    .addOption(durationFlag('--timeout <duration>', 'how long to wait for the end'));
}

export function parseBatchOptionFlags(flags: BatchOptionFlags): Partial<BatchOptions> {
  const { concurrency, attempts, stopAtFailureShare, stopNotBefore } = flags;
  const options = { concurrency, attempts, stopAtFailureShare, stopNotBefore, priority: parsePriorityFlags(flags) };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** Flags that do not go together. @throws UsageError */
export function checkWaitFlags({ detach, timeout, out }: WaitFlags & ResultFlags): void {
  if (detach && timeout !== undefined) throw new UsageError('--timeout: does not go with --detach');
  if (detach && out !== undefined)
    throw new UsageError("--out: does not go with --detach: 'batch results' writes it when the batch has ended");
}

function parseDelimiter(text: string): string {
  const char = text === '\\t' ? '\t' : text;
  if ([...char].length !== 1) throw new UsageError('--delimiter: give one sign, such as ; or \\t');
  return char;
}
