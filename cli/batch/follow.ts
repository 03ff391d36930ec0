import type { Client } from '@temporalio/client';
import { type BatchResult, type DuvoBatch, KeyConflictError, type OnStored, withTimeout } from '../../client';
import { ItemsNotCompletedError } from '../exit-codes';
import { withFailureJson } from '../terminal/with-failure-json';
import { withInterruptNotice } from '../terminal/interrupt';
import type { Output } from '../terminal/output';
import { formatFields } from '../terminal/table';
import type { ConnectionFlags } from '../connection';
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
  return `'duvo-temporal batch show ${workflowId}' shows its status${next}`;
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
  output.note(`${workflowId}: continues without this command`);
  const ended = withFailureJson(batch.result({ timeoutMs: timeout }), workflowId, flags, output);
  const follow = () =>
    Promise.all([
      showProgress(() => batch.progress(), ended, output),
      waitWithNotices(client, workflowId, ended, flags, output).catch(() => undefined),
    ]);
  await withInterruptNotice(follow, () => continuesNotice(workflowId), output);
  const result = await ended;
  showBatchResult(workflowId, result, Boolean(json), output);
  if (afterEnd) {
    const rows = await waitWithNotices(client, workflowId, afterEnd(), flags, output);
    output.note(`${rows} rows written`);
  }
  const { items, completed, failed } = result;
  if (failed > 0) await noteFailures(batch, output);
  if (completed < items)
    throw new ItemsNotCompletedError(
      `${items - completed} of ${items} items did not complete: 'duvo-temporal batch redrive ${workflowId}' runs them again`,
    );
}

function continuesNotice(workflowId: string): string {
  return [
    'The batch continues. Follow it, or stop it:',
    `  duvo-temporal batch show ${workflowId}`,
    `  duvo-temporal batch results ${workflowId}`,
    `  duvo-temporal batch cancel ${workflowId}`,
  ].join('\n');
}

/**
 * Prints how many items failed with each failure type. Prints nothing when the rows of the batch cannot be read in
 * time.
 */
async function noteFailures(batch: DuvoBatch, output: Output): Promise<void> {
  const failures = await withTimeout(countFailures(batch), FAILURE_SUMMARY_TIMEOUT_MS, 'the rows were not read').catch(
    () => undefined,
  );
  const types = failures?.map(([type, count]) => `${count} × ${type}`).join(', ');
  output.note(`failed${types ? `: ${types}` : ''}; 'duvo-temporal batch results ${batch.workflowId}' lists them`);
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
