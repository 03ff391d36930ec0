import type { Client } from '@temporalio/client';
import { type BatchResult, type DuvoBatch, KeyConflictError, type OnStored, withTimeout } from '../../client';
import { commandLine, FailureTypes } from '../../contract';
import { ItemsNotCompletedError } from '../exit-codes';
import { withFailureJson } from '../terminal/with-failure-json';
import { withInterruptNotice } from '../terminal/interrupt';
import type { Output } from '../terminal/output';
import { formatFields } from '../terminal/table';
import { type ConnectionFlags, connectionArgs } from '../connection';
import { waitWithNotices } from '../terminal/wait-with-notices';
import { showProgress } from './progress';
import { countFailures } from './write-results';

export interface WaitFlags extends ConnectionFlags {
  json?: boolean;
  detach?: boolean;
  /** In milliseconds. */
  timeout?: number;
}

/**
 * Time limit for counting the failures by type, in milliseconds. The command shows its result also without these
 * counts.
 */
const FAILURE_SUMMARY_TIMEOUT_MS = 20_000;

/**
 * Starts a batch and prints its id as soon as the batch exists, because storing the items may fail later. When the
 * batch existed before, it first reports which items it has, which requires a worker. `--timeout` limits only the wait
 * for this report: if it limited the storing of the items, some items would be left out.
 */
export async function startWithNotices(
  start: (onStored: OnStored) => Promise<DuvoBatch>,
  client: Client,
  flags: WaitFlags & { key?: string },
  output: Output,
): Promise<DuvoBatch> {
  const reportStored = createStoredReporter(output);
  let openedBatch: DuvoBatch | undefined;
  const batchOpened = deferred();
  const storingStarted = deferred();
  const starting = start((items, batch, isNew) => {
    const step = isNew ? 'storing its items with Temporal' : 'exists already; continues it if its items are the same';
    if (items === 0) output.note(`${batch.workflowId}: ${step}`);
    else storingStarted.resolve();
    openedBatch = batch;
    batchOpened.resolve();
    reportStored(items);
  });
  const notice = () =>
    openedBatch ? interruptedNotice(openedBatch.workflowId, flags.key) : 'The batch was not started.';
  const waitForStart = async () => {
    await Promise.race([batchOpened.promise, starting]);
    if (openedBatch) {
      const { workflowId } = openedBatch;
      const storageKnown = Promise.race([storingStarted.promise, starting.then(() => undefined)]);
      await withTimeout(
        waitWithNotices(client, workflowId, storageKnown, flags, output),
        flags.timeout,
        `batch ${workflowId} has not reported which items it has`,
      );
    }
    return starting;
  };
  try {
    return await withInterruptNotice(waitForStart, notice, output);
  } catch (error) {
    // The error of a key conflict names the workflow, and the same command could not continue with it.
    const isConflict = error instanceof KeyConflictError;
    if (openedBatch && !isConflict) output.note(interruptedNotice(openedBatch.workflowId, flags.key));
    throw error;
  }
}

/** Returns the notice that tells the person what to do after storing the items of a batch was interrupted. */
function interruptedNotice(workflowId: string, key: string | undefined): string {
  const next = key === undefined ? '' : '; if it is open, the same command continues with it';
  return `'${commandLine('batch', 'show', workflowId)}' shows its status${next}`;
}

/**
 * Waits for the end of a batch, unless `--detach` is given, and shows the batch's progress and result. @throws
 * ItemsNotCompletedError
 */
export async function followBatch(
  batch: DuvoBatch,
  client: Client,
  flags: WaitFlags,
  output: Output,
  afterEnd?: () => Promise<number>,
): Promise<void> {
  const { workflowId } = batch;
  const { json, detach, timeout } = flags;
  if (detach) return output.print(json ? JSON.stringify({ workflowId }) : `started ${workflowId}`);
  const ended = withFailureJson(batch.result({ timeoutMs: timeout }), workflowId, flags, output);
  const follow = () => {
    output.note(`${workflowId}: runs in Temporal; this command shows its progress, and may be ended`);
    return Promise.all([
      showProgress(() => batch.progress(), ended, output),
      waitWithNotices(client, workflowId, ended, flags, output).catch(() => undefined),
    ]);
  };
  await withInterruptNotice(follow, () => continuesNotice(workflowId, flags), output);
  const result = await ended;
  showBatchResult(workflowId, result, Boolean(json), output);
  if (afterEnd) {
    const rows = await waitWithNotices(client, workflowId, afterEnd(), flags, output);
    output.note(`${rows} rows written`);
  }
  const { items, completed, failed } = result;
  const failures = failed > 0 ? await noteFailures(batch, output) : [];
  if (completed < items) {
    const open = items - completed;
    throw new ItemsNotCompletedError(
      `${open} of ${items} items did not complete: ${adviceFor(workflowId, open, failures)}`,
    );
  }
}

/** Failure types that a redrive cannot change, since it sends the same input under the same keys, with the reason and the fix. */
const LASTING_FAILURES: Record<string, { reason: string; fix: string }> = {
  [FailureTypes.InvalidInput]: {
    reason: 'their input is invalid, also in a redrive',
    fix: 'fix the items or the template, and start a batch of them with another --key',
  },
  [FailureTypes.KeyConflict]: {
    reason: 'their keys were used before with another input, also in a redrive',
    fix: 'give each of these items another value in --key-field, or the input that its key was used with, and start a batch of them with another --key',
  },
};

/** Returns how to complete the items. A redrive is recommended only for items that it can help. */
export function adviceFor(workflowId: string, open: number, failures: [type: string, count: number][]): string {
  const redrive = `'${commandLine('batch', 'redrive', workflowId)}'`;
  const lasting = failures.flatMap(([type, count]) => {
    const failure = LASTING_FAILURES[type];
    return failure ? [{ type, count, ...failure }] : [];
  });
  const lastingCount = lasting.reduce((sum, { count }) => sum + count, 0);
  const [first] = lasting;
  if (!first) return `${redrive} runs them again`;
  if (first.count === open) return `${first.reason}: ${first.fix}`;
  const fixes = lasting.map(({ type, count, fix }) => `The ${count} with ${type} would fail again: ${fix}`).join('. ');
  return lastingCount === open ? fixes : `${redrive} runs them again. ${fixes}`;
}

function continuesNotice(workflowId: string, flags: WaitFlags): string {
  const command = (name: string) => `  ${commandLine('batch', name, workflowId, ...connectionArgs(flags))}`;
  return [
    'The batch keeps running in Temporal. Follow it with:',
    command('show'),
    command('results'),
    'Stop it with:',
    command('cancel'),
  ].join('\n');
}

/** Prints how many items failed with each failure type. @returns these counts; none when they cannot be read in time */
async function noteFailures(batch: DuvoBatch, output: Output): Promise<[type: string, count: number][]> {
  const failures = await withTimeout(countFailures(batch), FAILURE_SUMMARY_TIMEOUT_MS, 'the rows were not read').catch(
    () => undefined,
  );
  const types = failures?.map(([type, count]) => `${count} × ${type}`).join(', ');
  const list = commandLine('batch', 'results', batch.workflowId);
  output.note(`failed${types ? `: ${types}` : ''}; '${list}' lists them`);
  return failures ?? [];
}

export function showBatchResult(workflowId: string, result: BatchResult, json: boolean, output: Output): void {
  if (json) return output.print(JSON.stringify({ workflowId, ...result }));
  const { items, completed, failed, canceled, notStarted, stopped, duplicates, alreadyStarted, cancel } = result;
  output.print(
    formatFields(
      {
        batch: workflowId,
        items,
        duplicates,
        'already started': alreadyStarted,
        completed,
        failed,
        canceled,
        'cancel confirmed': cancel?.confirmed,
        'already finished': cancel?.alreadyFinished,
        'cancel unconfirmed': cancel?.unconfirmed,
        'not started': notStarted,
        stopped,
      },
      output,
    ),
  );
}

/**
 * Creates a callback that prints the number of stored items from time to time, because storing a large file takes long.
 */
function createStoredReporter(output: Output): (items: number) => void {
  let nextReportAt = 10_000;
  return (items) => {
    if (items < nextReportAt) return;
    output.note(`${items} items stored …`);
    nextReportAt = items + 10_000;
  };
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}
