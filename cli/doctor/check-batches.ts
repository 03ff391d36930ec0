import { Client } from '@temporalio/client';
import { listUnfilledBatches, type UnfilledBatch } from '../../client';
import { connectClientToTemporal, type ConnectOptions } from '../../workers';
import { collect } from '../collect';
import { type Check, errorMessage, okCheck, skippedCheck, warningCheck } from './check';

const CHECK_NAME = 'batches';
/** The time after which a batch without a key fails by itself. */
const IDLE_MS = 60 * 60_000;
/** Limit of the open batches that are read, since each may take a query. */
const MAX_BATCHES = 100;
/** Limit of the batches that the check names. */
const MAX_NAMED = 10;

/** Finds batches that wait for ever for items, because the process that stored the items has died. */
export async function checkBatches(options: ConnectOptions, idleMs = IDLE_MS): Promise<Check[]> {
  const { connection, namespace, dataConverter } = await connectClientToTemporal(options);
  try {
    const client = new Client({ connection, namespace, ...(dataConverter && { dataConverter }) });
    const unfilled = await collect(listUnfilledBatches(client, { idleMs, limit: MAX_BATCHES }));
    if (unfilled.length === 0) return [okCheck(CHECK_NAME, `none of the ${MAX_BATCHES} newest open ones is abandoned`)];
    return unfilled.slice(0, MAX_NAMED).map((batch) => abandonedCheck(batch, unfilled.length));
  } catch (error) {
    return [skippedCheck(CHECK_NAME, `the open batches cannot be read: ${errorMessage(error)}`)];
  } finally {
    await connection.close();
  }
}

function abandonedCheck({ workflowId, key, items, lastStoredAt }: UnfilledBatch, count: number): Check {
  const cancel = `close it: duvo-temporal batch cancel ${workflowId}`;
  const rest = count > MAX_NAMED ? ` (one of ${count} such batches)` : '';
  return warningCheck(
    `batch ${workflowId}`,
    `waits for further items since ${lastStoredAt}; ${items} are stored${rest}`,
    key === undefined ? cancel : `fill it: repeat its batch start with --key ${key}; or ${cancel}`,
  );
}
