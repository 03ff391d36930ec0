import { type Command, Option } from 'commander';
import type { BatchOptions, ItemFormat } from '../../client';
import { MAX_ATTEMPTS, MAX_CONCURRENCY } from '../../contract/batch-input';
import { UsageError } from '../exit-codes';
import { deadlineFlag, durationFlag, numberFlag, textFlag, wholeFlag } from '../flags/flag-values';
import type { Output } from '../terminal/output';
import { type PriorityFlags, priorityOf, withPriority } from '../flags/priority';
import { withBatches, withConnection } from '../session';
import { followed, startTelling, type WaitFlags } from './follow';
import { checkResultFlags, type ResultFlags, writeResults } from './results';
import { type TemplateFlags, templateOf } from './template';

export interface WindowFlags extends PriorityFlags {
  width?: number;
  attempts?: number;
  stopAtFailureShare?: number;
  stopNotBefore?: number;
}

interface RunFlags extends WaitFlags, WindowFlags, TemplateFlags, ResultFlags {
  key?: string;
  keyField?: string;
  format?: ItemFormat;
  delimiter?: string;
  fromWorkers?: boolean;
}

export function addBatchRun(batch: Command, output: Output): void {
  const command = withConnection(batch.command('run <items>'))
    .description('work on many items: a file, an http(s) URL, or - for stdin; each is a run, a workflow or a case')
    .addOption(textFlag('--agent <id>', 'a run of this agent for each item'))
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
    .addOption(new Option('--delimiter <sign>', 'of CSV (default: a comma)').argParser(delimiterOf))
    .option('--from-workers', 'the workers read <items>: an absolute path, or a URL, that all of them can read')
    .option('--task-queue <name>', 'task queue of the workflows (default: DUVO_TASK_QUEUE, else duvo)')
    .option(
      '--api-task-queue <name>',
      'task queue of the Duvo activities (default: DUVO_API_TASK_QUEUE, else duvo-api)',
    )
    .option('--out <file>', 'then write a row for every item to this file (.csv, else NDJSON)')
    .option('--with-output', 'with --out: what came out of each item, too');
  withWaiting(withWindow(command)).action((items: string, flags: RunFlags) => {
    const { key, keyField, format, delimiter, out, fromWorkers } = flags;
    checkWaiting(flags);
    if (items === '-' && format === undefined) throw new UsageError('--format is missing: stdin has no name');
    if (items === '-' && fromWorkers) throw new UsageError('--from-workers: the workers cannot read this stdin');
    const options = {
      template: templateOf(flags),
      ...windowOf(flags),
      ...(fromWorkers && { readBy: 'workers' as const }),
      ...(key && { key }),
      ...(keyField && { keyField }),
      ...(format && { format }),
      ...(delimiter && { delimiter }),
    };
    checkResultFlags(flags);
    return withBatches(flags, async (all, client) => {
      const source = items === '-' ? process.stdin : items;
      const batch = await startTelling((onStored) => all.startFrom(source, options, onStored), client, flags, output);
      const whenEnded = out === undefined ? undefined : () => writeResults(batch, flags, output);
      await followed(batch, client, flags, output, whenEnded);
    });
  });
}

export function withWindow(command: Command): Command {
  return withPriority(
    command
      .addOption(wholeFlag('--width <n>', 'items at one time (default: 10)', 1, MAX_CONCURRENCY))
      .addOption(wholeFlag('--attempts <n>', 'how often an item is tried (default: once)', 1, MAX_ATTEMPTS))
      .addOption(
        numberFlag('--stop-at-failure-share <share>', 'start nothing more when this share has failed, e.g. 0.2', {
          above: 0,
          to: 1,
        }),
      )
      .addOption(wholeFlag('--stop-not-before <n>', 'but not before so many have ended (default: 10)', 1)),
  );
}

export function withWaiting(command: Command): Command {
  return command
    .option('--detach', 'come back when all items are stored, or the workers have been told to read them')
    .addOption(durationFlag('--timeout <duration>', 'how long to wait for the end'));
}

export function windowOf(flags: WindowFlags): Partial<BatchOptions> {
  const { width, attempts, stopAtFailureShare, stopNotBefore } = flags;
  const options = { width, attempts, stopAtFailureShare, stopNotBefore, priority: priorityOf(flags) };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** Flags that do not go together. @throws UsageError */
export function checkWaiting({ detach, timeout, out }: WaitFlags & ResultFlags): void {
  if (detach && timeout !== undefined) throw new UsageError('--timeout: does not go with --detach');
  if (detach && out !== undefined)
    throw new UsageError("--out: does not go with --detach: 'batch results' writes it when the batch has ended");
}

function delimiterOf(text: string): string {
  const sign = text === '\\t' ? '\t' : text;
  if ([...sign].length !== 1) throw new UsageError('--delimiter: give one sign, such as ; or \\t');
  return sign;
}
