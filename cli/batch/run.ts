import type { Command } from 'commander';
import type { BatchOptions, BatchResult, DuvoBatch, ItemFormat } from '../../client';
import { duration } from '../durations';
import { ItemsLeftError, UsageError } from '../exit-codes';
import { facts, type Output } from '../output';
import { type ConnectionFlags, withBatches, withConnection } from '../session';
import { showProgress } from './progress';
import { formatOf, type ResultFlags, writeResults } from './results';
import { type TemplateFlags, templateOf } from './template';

export interface WaitFlags extends ConnectionFlags {
  json?: boolean;
  detach?: boolean;
  timeout?: string;
}

export interface WindowFlags {
  width?: string;
  attempts?: string;
  stopAtFailureShare?: string;
  stopNotBefore?: string;
  priority?: string;
  fairnessKey?: string;
  fairnessWeight?: string;
}

interface RunFlags extends WaitFlags, WindowFlags, TemplateFlags, ResultFlags {
  key?: string;
  keyField?: string;
  format?: string;
  delimiter?: string;
  fromWorkers?: boolean;
}

export function addBatchRun(batch: Command, output: Output): void {
  const command = withConnection(batch.command('run <items>'))
    .description('work on many items: a file, an http(s) URL, or - for stdin; each is a run, a workflow or a case')
    .option('--agent <id>', 'a run of this agent for each item')
    .option('--message <text>', 'with --agent: what the agent is told, e.g. "Read invoice {{number}}"')
    .option('--sandbox <id>', 'with --agent: sandbox to run in')
    .option('--deadline <duration>', 'with --agent: of each run')
    .option('--workflow <type>', 'a workflow of this type for each item, with the item as its argument')
    .option('--queue <id>', 'a case in this queue for each item, followed until it is done')
    .option('--title <text>', 'with --queue: of the case')
    .option('--data <text>', 'with --queue: of the case')
    .option('--template <file>', 'JSON with run, workflow or case, instead of these flags')
    .option('--key <key>', 'names the batch: the same key goes on with the same batch')
    .option('--key-field <name>', 'field of an item that is its business key')
    .option('--format <format>', 'csv, ndjson or json (default: by the name)')
    .option('--delimiter <sign>', 'of CSV (default: a comma)')
    .option('--from-workers', 'the workers read <items>: an absolute path, or a URL, that all of them can read')
    .option('--task-queue <name>', 'task queue of the workflows (default: DUVO_TASK_QUEUE, else duvo)')
    .option(
      '--api-task-queue <name>',
      'task queue of the Duvo activities (default: DUVO_API_TASK_QUEUE, else duvo-api)',
    )
    .option('--out <file>', 'then write a row for every item to this file (.csv, else NDJSON)')
    .option('--with-output', 'with --out: what came out of each item, too');
  withWaiting(withWindow(command)).action((items: string, flags: RunFlags) =>
    withBatches(flags, async (all) => {
      const { key, keyField, format, delimiter, out, fromWorkers } = flags;
      if (format !== undefined && !['csv', 'ndjson', 'json'].includes(format))
        throw new UsageError('--format: give csv, ndjson or json');
      formatOf(flags);
      if (items === '-' && format === undefined) throw new UsageError('--format is missing: stdin has no name');
      if (items === '-' && fromWorkers) throw new UsageError('--from-workers: the workers cannot read this stdin');
      const batch = await all.startFrom(
        items === '-' ? process.stdin : items,
        {
          template: templateOf(flags),
          ...windowOf(flags),
          ...(fromWorkers && { readBy: 'workers' }),
          ...(key && { key }),
          ...(keyField && { keyField }),
          ...(format && { format: format as ItemFormat }),
          ...(delimiter && { delimiter: delimiter === '\\t' ? '\t' : delimiter }),
        },
        stored(output),
      );
      await followed(batch, flags, output, out === undefined ? undefined : () => writeResults(batch, flags, output));
    }),
  );
}

/** Says now and then how many items are stored: of a large file that takes its time. */
export function stored(output: Output): (items: number) => void {
  let next = 10_000;
  return (items) => {
    if (items < next) return;
    output.note(`${items} items are stored …`);
    next = items + 10_000;
  };
}

/** Waits for a batch, unless it is to be left, shows how it gets on, and what came of it. @throws ItemsLeftError */
export async function followed(
  batch: DuvoBatch,
  { json, detach, timeout }: WaitFlags,
  output: Output,
  whenEnded?: () => Promise<number>,
): Promise<void> {
  const { workflowId } = batch;
  if (detach) return output.out(json ? JSON.stringify({ workflowId }) : `started ${workflowId}`);
  output.note(`${workflowId}: it goes on without this command`);
  const result = batch.result(timeout === undefined ? {} : { timeoutMs: duration(timeout, '--timeout') });
  await showProgress(batch, result, output);
  showBatchResult(workflowId, await result, Boolean(json), output);
  if (whenEnded) output.note(`${await whenEnded()} rows written`);
  const { items, completed } = await result;
  if (completed < items)
    throw new ItemsLeftError(`${items - completed} of ${items} items did not complete: 'batch redrive ${workflowId}'`);
}

export function showBatchResult(workflowId: string, result: BatchResult, json: boolean, output: Output): void {
  if (json) return output.out(JSON.stringify({ workflowId, ...result }));
  const { items, completed, failed, canceled, notStarted, stopped, duplicates, found, cancel } = result;
  output.out(
    facts({
      batch: workflowId,
      items,
      duplicates,
      'found there': found,
      completed,
      failed,
      canceled,
      'cancel confirmed': cancel?.confirmed,
      'already finished': cancel?.alreadyFinished,
      'cancel unconfirmed': cancel?.unconfirmed,
      'not started': notStarted,
      stopped,
    }),
  );
}

export function withWindow(command: Command): Command {
  return command
    .option('--width <n>', 'items at one time (default: 10)')
    .option('--attempts <n>', 'how often an item is tried (default: once)')
    .option('--stop-at-failure-share <share>', 'start nothing more when this share has failed, e.g. 0.2')
    .option('--stop-not-before <n>', 'but not before so many have ended (default: 10)')
    .option('--priority <n>', "Temporal's priority key: 1 is first, 5 last")
    .option('--fairness-key <key>', "Temporal's fairness key: those who share one share their turns")
    .option('--fairness-weight <n>', 'turns of this key for each turn of another');
}

export function withWaiting(command: Command): Command {
  return command
    .option('--detach', 'come back when all items are stored, or the workers have been told to read them')
    .option('--timeout <duration>', 'how long to wait for the end');
}

export function windowOf(flags: WindowFlags): Partial<BatchOptions> {
  const options = {
    width: number('--width', flags.width),
    attempts: number('--attempts', flags.attempts),
    stopAtFailureShare: number('--stop-at-failure-share', flags.stopAtFailureShare),
    stopNotBefore: number('--stop-not-before', flags.stopNotBefore),
  };
  const priority = {
    priorityKey: number('--priority', flags.priority),
    fairnessKey: flags.fairnessKey,
    fairnessWeight: number('--fairness-weight', flags.fairnessWeight),
  };
  return { ...given(options), ...(Object.keys(given(priority)).length > 0 && { priority: given(priority) }) };
}

export function number(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0)
    throw new UsageError(`${flag}: '${text}' is not a number above 0`);
  return value;
}

function given<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}
