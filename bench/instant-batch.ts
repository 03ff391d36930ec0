import { join } from 'node:path';
import { DuvoBatches } from '../client';
import { BATCH_ID_SEARCH_ATTRIBUTE } from '../contract/batch-contract';
import { memoryMiB, pause, Rig } from './rig';

const WIDTH = 50;
const CHILDREN = 'children';
const INSTANT = 'instant';
const COLLECTED = ['--expose-gc', '-r', join(__dirname, 'collect-garbage.js')];

export interface Sample {
  /** Items that are done. */
  done: number;
  /** Resident memory of the worker that has the batch and its pages, garbage aside. MiB. */
  memory: number;
}

/** Runs a batch of so many items. */
export type RunBatch = (count: number) => Promise<Sample[]>;

/** One worker for batches of a workflow that does nothing, so that all the worker's memory is theirs. */
export async function instantBatches<T>(measure: (run: RunBatch, rig: Rig) => Promise<T>): Promise<T> {
  const rig = await Rig.start();
  try {
    const { pid = 0 } = await rig.worker('ours', undefined, COLLECTED);
    await rig.worker('timerLoop', CHILDREN);
    return await measure((count) => runBatch(rig, pid, count), rig);
  } finally {
    await rig.stop();
  }
}

async function runBatch(rig: Rig, pid: number, count: number): Promise<Sample[]> {
  const items = function* () {
    for (let n = 0; n < count; n++) yield { n, text: `item ${n}` };
  };
  const template = { workflow: { type: INSTANT, taskQueue: CHILDREN } };
  const batch = await new DuvoBatches(rig.client).start(items(), { template, width: WIDTH });
  let ended = false;
  const result = batch.result().finally(() => (ended = true));
  // Asked of the server, since the batch's own answer would be work for the worker that is measured.
  const query = `WorkflowType = '${INSTANT}' AND ExecutionStatus = 'Completed' AND ${BATCH_ID_SEARCH_ATTRIBUTE} = '${batch.workflowId}'`;
  let done = 0;
  const counting = (async () => {
    for (; !ended; await pause(2_000)) done = (await rig.client.workflow.count(query)).count;
  })();
  const samples: Sample[] = [];
  // Not beyond the end: what is over leaves the worker's cache.
  const sampling = (async () => {
    for (; !ended; await pause(250)) samples.push({ done, memory: memoryMiB(pid) });
  })();
  const [{ completed }] = await Promise.all([result, counting, sampling]);
  if (completed !== count) throw new Error(`${completed} of ${count} items completed`);
  return samples;
}

export const BATCH_WORKFLOWS = `WorkflowType IN ('batch', 'batchPage', 'batchItems')`;

/** The longest history of the batches, their pages and their stores. */
export async function longestHistory(rig: Rig): Promise<number> {
  let longest = 0;
  for await (const { historyLength = 0 } of rig.client.workflow.list({ query: BATCH_WORKFLOWS })) {
    longest = Math.max(longest, historyLength);
  }
  return longest;
}
