import { type Command, Option } from 'commander';
import type { BatchOptions, ItemFormat, OnStored } from '../../client';
import { MAX_ATTEMPTS, MAX_CONCURRENCY } from '../../contract';
import { UsageError } from '../exit-codes';
import {
  deadlineFlag,
  durationFlag,
  numberFlag,
  nonBlankFlag,
  integerFlag,
  startedByFlag,
} from '../flags/flag-options';
import type { Output } from '../terminal/output';
import { type FieldOrigin, flagOrigins, withFlagNames } from '../flags/name-flags';
import { type PriorityFlags, parsePriorityFlags, addPriorityFlags, priorityOrigins } from '../flags/priority-flags';
import { addExamples } from '../flags/examples';
import { addTaskQueueFlags } from '../flags/task-queue-flags';
import { withBatches, addConnectionFlags } from '../connection';
import { followBatch, startWithNotices, type WaitFlags } from './follow';
import { checkResultFlags, type ResultFlags, writeResults } from './write-results';
import { createEqualInputWarning, type TemplateFlags, parseTemplateFlags, templateOrigins } from './template';

export interface BatchOptionFlags extends PriorityFlags {
  concurrency?: number;
  attempts?: number;
  stopAtFailureShare?: number;
  stopNotBefore?: number;
}

interface StartFlags extends WaitFlags, BatchOptionFlags, TemplateFlags, ResultFlags {
  key?: string;
  startedBy?: string;
  keyField?: string;
  format?: ItemFormat;
  delimiter?: string;
  fromWorkers?: boolean;
  allowEmpty?: boolean;
}

export function addBatchStart(batch: Command, output: Output): void {
  const command = addConnectionFlags(batch.command('start <items>'))
    .description('start a run, a workflow or a case for each item of a file, an http(s) URL, or stdin (-)')
    .addOption(nonBlankFlag('--agent <id>', 'start a run of this agent for each item'))
    .option('--message <text>', 'with --agent: the first message, e.g. "Read invoice {{number}}"')
    .option('--sandbox <id>', 'with --agent: sandbox that the agent works in')
    .addOption(deadlineFlag('--deadline <duration>', 'with --agent: limit of queue and agent time of each run'))
    .option('--workflow <type>', 'start a workflow of this type for each item, with the item as its argument')
    .option('--queue <id>', 'create a case in this queue for each item, and wait until the case is done')
    .option('--title <text>', 'with --queue: title of the case')
    .option('--data <text>', 'with --queue: data of the case')
    .option('--template <file>', 'JSON file with run, workflow or case, in place of these flags')
    .addOption(nonBlankFlag('--key <key>', 'business key of the batch: the same key continues the same batch'))
    .addOption(startedByFlag())
    .addOption(nonBlankFlag('--key-field <name>', 'field of an item that holds its business key'))
    .addOption(
      new Option('--format <format>', 'csv, ndjson or json (default: by the content type, else the file name)').choices(
        ['csv', 'ndjson', 'json'],
      ),
    )
    .addOption(
      new Option('--delimiter <sign>', 'delimiter of CSV (default: from a line sep=, else a comma)').argParser(
        parseDelimiter,
      ),
    )
    .option('--allow-empty', 'accept a source without items')
    .option('--from-workers', 'let the workers read <items>: an absolute path or a URL that all of them can read')
    .option('--out <file>', 'at the end, write a row for every item to this file (.csv, else NDJSON)')
    .option('--with-output', 'with --out: include the output of each item')
    .option(
      '--raw',
      'with --out: CSV for programs, without apostrophes before what a spreadsheet would run as a formula',
    );
  addWaitFlags(addBatchOptionFlags(addTaskQueueFlags(command))).action((items: string, flags: StartFlags) => {
    const { key, startedBy, keyField, format, delimiter, out, fromWorkers, allowEmpty } = flags;
    checkWaitFlags(flags);
    for (const [flag, isGiven] of Object.entries({ '--with-output': flags.withOutput, '--raw': flags.raw }))
      if (isGiven && out === undefined) throw new UsageError(`${flag}: goes only with --out, which names a file`);
    if (items === '-' && format === undefined)
      throw new UsageError('--format is missing: stdin has no file name that shows it');
    if (items === '-' && fromWorkers) throw new UsageError('--from-workers: the workers cannot read this stdin');
    const options = {
      template: parseTemplateFlags(flags),
      ...parseBatchOptionFlags(flags),
      ...(fromWorkers && { readBy: 'workers' as const }),
      ...(key && { key }),
      ...(startedBy && { startedBy }),
      ...(keyField && { keyField }),
      ...(format && { format }),
      ...(delimiter && { delimiter }),
      ...(allowEmpty && { allowEmpty }),
    };
    checkResultFlags(flags);
    return withBatches(flags, async (all, client) => {
      const source = items === '-' ? process.stdin : items;
      const origins = [
        ...templateOrigins(flags),
        ...batchOptionOrigins(flags),
        ...flagOrigins({ startedBy: ['--started-by', startedBy] }),
      ];
      const warnOfEqualInputs = createEqualInputWarning(options.template, output);
      const start = (onStored: OnStored) =>
        withFlagNames(origins, () =>
          all.startFromSource(source, options, (stored, batch, isNew) => {
            onStored(stored, batch, isNew);
            warnOfEqualInputs(stored);
          }),
        );
      const batch = await startWithNotices(start, client, flags, output);
      const whenEnded = out === undefined ? undefined : () => writeResults(batch, flags, output);
      await followBatch(batch, client, flags, output, whenEnded);
    });
  });
  addExamples(
    command,
    `batch start invoices.csv --agent 4f1c… --message 'Read {{number}}' --key-field number`,
    'batch start items.ndjson --workflow postInvoice --concurrency 20 --out results.csv',
    'batch start https://files.example/cases.json --template case.json --key cases-2027-01 --detach',
  );
}

export function addBatchOptionFlags(command: Command): Command {
  return addPriorityFlags(
    command
      .addOption(
        integerFlag('--concurrency <n>', 'maximum number of items at one time (default: 10)', 1, MAX_CONCURRENCY),
      )
      .addOption(integerFlag('--attempts <n>', 'maximum number of attempts per item (default: 1)', 1, MAX_ATTEMPTS))
      .addOption(
        numberFlag('--stop-at-failure-share <share>', 'start no further items when this share has failed, e.g. 0.2', {
          exclusiveMin: 0,
          max: 1,
        }),
      )
      .addOption(
        integerFlag(
          '--stop-not-before <n>',
          'with --stop-at-failure-share: minimum number of ended items (default: 10)',
          1,
        ),
      ),
  );
}

export function addWaitFlags(command: Command): Command {
  return command
    .option('--detach', 'return when all items are stored, or the workers have started to read them')
    .addOption(durationFlag('--timeout <duration>', 'time to wait for the end (default: no limit)'));
}

export function parseBatchOptionFlags(flags: BatchOptionFlags): Partial<BatchOptions> {
  const { concurrency, attempts, stopAtFailureShare, stopNotBefore } = flags;
  const options = { concurrency, attempts, stopAtFailureShare, stopNotBefore, priority: parsePriorityFlags(flags) };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** Returns the flags of a batch's options, for errors. */
export function batchOptionOrigins(flags: BatchOptionFlags & { key?: string; keyField?: string }): FieldOrigin[] {
  const { key, keyField, concurrency, attempts, stopAtFailureShare, stopNotBefore } = flags;
  const own = flagOrigins({
    key: ['--key', key],
    keyField: ['--key-field', keyField],
    concurrency: ['--concurrency', concurrency],
    attempts: ['--attempts', attempts],
    stopAtFailureShare: ['--stop-at-failure-share', stopAtFailureShare],
    stopNotBefore: ['--stop-not-before', stopNotBefore],
  });
  return [...own, ...priorityOrigins(flags)];
}

/** Refuses flags that contradict one another. @throws UsageError */
export function checkWaitFlags({ detach, timeout, out }: WaitFlags & ResultFlags): void {
  if (detach && timeout !== undefined) throw new UsageError('--timeout: does not go with --detach');
  if (detach && out !== undefined)
    throw new UsageError("--out: does not go with --detach: 'batch results' writes it when the batch has ended");
}

function parseDelimiter(text: string): string {
  const char = text === '\\t' ? '\t' : text;
  if ([...char].length !== 1) throw new UsageError('--delimiter: must be one character, such as ; or \\t');
  return char;
}
