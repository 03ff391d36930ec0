import { Client } from '@temporalio/client';
import { findUnfilledBatches, type UnansweredBatch, type UnfilledBatch, type UnfilledSearch } from '../../client';
import { commandLine } from '../../contract';
import { connectClientToTemporal, type ConnectOptions } from '../../workers';
import { type Check, errorMessage, okCheck, skippedCheck, warningCheck } from './check';

const CHECK_NAME = 'batches';
/** The time after which a batch without a key fails by itself. */
const IDLE_MS = 60 * 60_000;
/** Limit of the open batches that are read, since each may take a query. */
const MAX_BATCHES = 100;
const TIMEOUT_MS = 20_000;
/** Limit of the batches that the check names. */
const MAX_NAMED = 10;

/** Finds batches that wait for ever for items, because the process that stored the items has died. */
export async function checkBatches(options: ConnectOptions, idleMs = IDLE_MS): Promise<Check[]> {
  const { connection, namespace, dataConverter } = await connectClientToTemporal(options);
  try {
    const client = new Client({ connection, namespace, ...(dataConverter && { dataConverter }) });
    const limits = { idleMs, limit: MAX_BATCHES, timeoutMs: TIMEOUT_MS };
    const search = await findUnfilledBatches(client, limits);
    const { unfilled, unanswered } = search;
    return [
      ...unfilled.slice(0, MAX_NAMED).map((batch) => abandonedCheck(batch, unfilled.length)),
      ...(unanswered.length > 0 ? [unansweredCheck(unanswered)] : []),
      ...(unfilled.length + unanswered.length === 0 ? [okCheck(CHECK_NAME, noneText(search))] : []),
    ];
  } catch (error) {
    return [skippedCheck(CHECK_NAME, `the open batches cannot be read: ${errorMessage(error)}`)];
  } finally {
    await connection.close();
  }
}

function noneText({ read, leftOut }: UnfilledSearch): string {
  if (leftOut === 0) return 'no open batch is abandoned';
  return `none of the ${read} oldest open batches is abandoned; ${leftOut} newer ones were not read`;
}

function abandonedCheck({ workflowId, key, items, lastStoredAt }: UnfilledBatch, count: number): Check {
  const cancel = `close it: ${commandLine('batch', 'cancel', workflowId)}`;
  const rest = count > MAX_NAMED ? ` (one of ${count} such batches)` : '';
  return warningCheck(
    `batch ${workflowId}`,
    `waits for further items since ${lastStoredAt}; ${items} are stored${rest}`,
    key === undefined ? cancel : `fill it: repeat its batch start with --key ${key}; or ${cancel}`,
  );
}

function unansweredCheck(unanswered: UnansweredBatch[]): Check {
  const ids = unanswered.slice(0, MAX_NAMED).map(({ workflowId }) => workflowId);
  const rest = unanswered.length > MAX_NAMED ? ` and ${unanswered.length - MAX_NAMED} more` : '';
  return skippedCheck(
    `${CHECK_NAME} without an answer`,
    `whether these are abandoned is not known: ${ids.join(', ')}${rest}: ${unanswered[0]?.problem}`,
  );
}
