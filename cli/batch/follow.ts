import type { Client } from '@temporalio/client';
import type { BatchResult, DuvoBatch, OnStored } from '../../client';
import { withTimeout } from '../../client/with-timeout';
import { ItemsNotCompletedError } from '../exit-codes';
import { withFailureJson } from '../terminal/with-failure-json';
import { keyValueTable, type Output } from '../terminal/output';
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

/** So long the rows are read for the types of failures, which are told besides. Milliseconds. */
const FAILURE_SUMMARY_TIMEOUT_MS = 20_000;

/**
 * Starts a batch, and says its id as soon as it is there: what comes after that may fail. One that was there before is asked
 * what it has, which needs a worker; until the first page the time of `--timeout` holds, as what is being stored would
 * else be broken off.
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
  const starting = start((items, batch) => {
    if (items === 0) output.note(`${batch.workflowId}: its items are stored with Temporal`);
    else storingStarted.resolve();
    openedBatch = batch;
    batchOpened.resolve();
    reportStored(items);
  });
  try {
    await Promise.race([batchOpened.promise, starting]);
    if (openedBatch) {
      const { workflowId } = openedBatch;
      const storageKnown = Promise.race([storingStarted.promise, starting.then(() => undefined)]);
      await withTimeout(
        waitWithNotices(client, workflowId, storageKnown, flags, output),
        flags.timeout,
        `batch ${workflowId} has not said what it has stored`,
      );
    }
    return await starting;
  } catch (error) {
    if (openedBatch) output.note(interruptedNotice(openedBatch.workflowId, flags.key));
    throw error;
  }
}

/** What a batch that was not stored to its end is left as. */
function interruptedNotice(workflowId: string, key: string | undefined): string {
  const next = key === undefined ? '' : '; if it is open, the same command goes on with it';
  return `'duvo-temporal batch show ${workflowId}' tells where it stands${next}`;
}

/** Waits for a batch, unless it is to be left, shows how it gets on, and what came of it. @throws ItemsLeftError */
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
  output.note(`${workflowId}: it goes on without this command`);
  const ended = withFailureJson(batch.result({ timeoutMs: timeout }), workflowId, flags, output);
  await Promise.all([
    showProgress(batch, ended, output),
    waitWithNotices(client, workflowId, ended, flags, output).catch(() => undefined),
  ]);
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
      `${items - completed} of ${items} items did not complete: 'batch redrive ${workflowId}'`,
    );
}

/** Says why items failed, when that can be read: all that counts has been said without it. */
async function noteFailures(batch: DuvoBatch, output: Output): Promise<void> {
  const failures = await withTimeout(countFailures(batch), FAILURE_SUMMARY_TIMEOUT_MS, 'the rows are not read').catch(
    () => undefined,
  );
  const types = failures?.map(([type, count]) => `${count} × ${type}`).join(', ');
  output.note(`failed${types ? `: ${types}` : ''}; 'batch results ${batch.workflowId}' says which`);
}

export function showBatchResult(workflowId: string, result: BatchResult, json: boolean, output: Output): void {
  if (json) return output.print(JSON.stringify({ workflowId, ...result }));
  const { items, completed, failed, canceled, notStarted, stopped, duplicates, alreadyStarted, cancel } = result;
  output.print(
    keyValueTable({
      batch: workflowId,
      items,
      duplicates,
      'found there': alreadyStarted,
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

/** Says now and then how many items are stored: of a large file that takes its time. */
function createStoredReporter(output: Output): (items: number) => void {
  let nextReportAt = 10_000;
  return (items) => {
    if (items < nextReportAt) return;
    output.note(`${items} items are stored …`);
    nextReportAt = items + 10_000;
  };
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}
