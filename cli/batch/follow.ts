import type { Client } from '@temporalio/client';
import type { BatchResult, DuvoBatch, OnStored } from '../../client';
import { within } from '../../client/within';
import { ItemsLeftError } from '../exit-codes';
import { orFailureJson } from '../terminal/failure-json';
import { facts, type Output } from '../terminal/output';
import type { ConnectionFlags } from '../session';
import { waitTelling } from '../terminal/waiting';
import { showProgress } from './progress';
import { failuresOf } from './results';

export interface WaitFlags extends ConnectionFlags {
  json?: boolean;
  detach?: boolean;
  /** In milliseconds. */
  timeout?: number;
}

/** So long the rows are read for the types of failures, which are told besides. Milliseconds. */
const FAILURES_TIME = 20_000;

/**
 * Starts a batch, and says its id as soon as it is there: what comes after that may fail. One that was there before is asked
 * what it has, which needs a worker; until the first page the time of `--timeout` holds, as what is being stored would
 * else be broken off.
 */
export async function startTelling(
  start: (onStored: OnStored) => Promise<DuvoBatch>,
  client: Client,
  flags: WaitFlags & { key?: string },
  output: Output,
): Promise<DuvoBatch> {
  const tell = storedTeller(output);
  let opened: DuvoBatch | undefined;
  const isOpen = deferred();
  const isStoring = deferred();
  const starting = start((items, batch) => {
    if (items === 0) output.note(`${batch.workflowId}: its items are stored with Temporal`);
    else isStoring.resolve();
    opened = batch;
    isOpen.resolve();
    tell(items);
  });
  try {
    await Promise.race([isOpen.promise, starting]);
    if (opened) {
      const { workflowId } = opened;
      const known = Promise.race([isStoring.promise, starting.then(() => undefined)]);
      await within(
        waitTelling(client, workflowId, known, flags, output),
        flags.timeout,
        `batch ${workflowId} has not said what it has stored`,
      );
    }
    return await starting;
  } catch (error) {
    if (opened) output.note(leftText(opened.workflowId, flags.key));
    throw error;
  }
}

/** What a batch that was not stored to its end is left as. */
function leftText(workflowId: string, key: string | undefined): string {
  const next = key === undefined ? '' : '; if it is open, the same command goes on with it';
  return `'duvo-temporal batch show ${workflowId}' tells where it stands${next}`;
}

/** Waits for a batch, unless it is to be left, shows how it gets on, and what came of it. @throws ItemsLeftError */
export async function followed(
  batch: DuvoBatch,
  client: Client,
  flags: WaitFlags,
  output: Output,
  whenEnded?: () => Promise<number>,
): Promise<void> {
  const { workflowId } = batch;
  const { json, detach, timeout } = flags;
  if (detach) return output.out(json ? JSON.stringify({ workflowId }) : `started ${workflowId}`);
  output.note(`${workflowId}: it goes on without this command`);
  const ended = orFailureJson(batch.result({ timeoutMs: timeout }), workflowId, flags, output);
  await Promise.all([
    showProgress(batch, ended, output),
    waitTelling(client, workflowId, ended, flags, output).catch(() => undefined),
  ]);
  const result = await ended;
  showBatchResult(workflowId, result, Boolean(json), output);
  if (whenEnded) {
    const rows = await waitTelling(client, workflowId, whenEnded(), flags, output);
    output.note(`${rows} rows written`);
  }
  const { items, completed, failed } = result;
  if (failed > 0) await noteFailures(batch, output);
  if (completed < items)
    throw new ItemsLeftError(`${items - completed} of ${items} items did not complete: 'batch redrive ${workflowId}'`);
}

/** Says why items failed, when that can be read: all that counts has been said without it. */
async function noteFailures(batch: DuvoBatch, output: Output): Promise<void> {
  const found = await within(failuresOf(batch), FAILURES_TIME, 'the rows are not read').catch(() => undefined);
  const types = found?.map(([type, count]) => `${count} × ${type}`).join(', ');
  output.note(`failed${types ? `: ${types}` : ''}; 'batch results ${batch.workflowId}' says which`);
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

/** Says now and then how many items are stored: of a large file that takes its time. */
function storedTeller(output: Output): (items: number) => void {
  let next = 10_000;
  return (items) => {
    if (items < next) return;
    output.note(`${items} items are stored …`);
    next = items + 10_000;
  };
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}
