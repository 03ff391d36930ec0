import { join } from 'node:path';
import { DuvoWorkflows } from '../../client';
import { BATCH_ID_SEARCH_ATTRIBUTE } from '../../contract/batches/batch-contract';
import { readMemoryMiB, sleep, Rig } from './rig';

const CONCURRENCY = 50;
const CHILDREN_TASK_QUEUE = 'children';
const INSTANT_WORKFLOW_TYPE = 'instant';
const GARBAGE_COLLECTED_NODE_OPTIONS = ['--expose-gc', '-r', join(__dirname, 'collect-garbage.js')];

export interface Sample {
  /** Items that are done. */
  done: number;
  /** Resident memory of the worker that has the batch and its pages, garbage aside. MiB. */
  memoryMiB: number;
}

/** Runs a batch of so many items. */
export type RunBatch = (count: number) => Promise<Sample[]>;

/** One worker for batches of a workflow that does nothing, so that all the worker's memory is theirs. */
export async function withInstantBatches<T>(measure: (run: RunBatch, rig: Rig) => Promise<T>): Promise<T> {
  const rig = await Rig.start();
  try {
    const { pid = 0 } = await rig.startWorker('ours', undefined, GARBAGE_COLLECTED_NODE_OPTIONS);
    await rig.startWorker('timerLoop', CHILDREN_TASK_QUEUE);
    return await measure((count) => runBatch(rig, pid, count), rig);
  } finally {
    await rig.stop();
  }
}

async function runBatch(rig: Rig, pid: number, count: number): Promise<Sample[]> {
  const items = function* () {
    for (let n = 0; n < count; n++) yield { n, text: `item ${n}` };
  };
  const template = { workflow: { type: INSTANT_WORKFLOW_TYPE, taskQueue: CHILDREN_TASK_QUEUE } };
  const batch = await new DuvoWorkflows(rig.client).batches.start(items(), { template, concurrency: CONCURRENCY });
  let hasEnded = false;
  const result = batch.result().finally(() => (hasEnded = true));
  // Asked of the server, since the batch's own answer would be work for the worker that is measured.
  const query = `WorkflowType = '${INSTANT_WORKFLOW_TYPE}' AND ExecutionStatus = 'Completed' AND ${BATCH_ID_SEARCH_ATTRIBUTE} = '${batch.workflowId}'`;
  let done = 0;
  const counting = (async () => {
    for (; !hasEnded; await sleep(2_000)) done = (await rig.client.workflow.count(query)).count;
  })();
  const samples: Sample[] = [];
  // Not beyond the end: what is over leaves the worker's cache.
  const sampling = (async () => {
    for (; !hasEnded; await sleep(250)) samples.push({ done, memoryMiB: readMemoryMiB(pid) });
  })();
  const [{ completed }] = await Promise.all([result, counting, sampling]);
  if (completed !== count) throw new Error(`${completed} of ${count} items completed`);
  return samples;
}

export const BATCH_WORKFLOWS_QUERY = `WorkflowType IN ('batch', 'batchPage', 'batchItems')`;

/** The longest history of the batches, their pages and their stores. */
export async function readMaxHistoryEvents(rig: Rig): Promise<number> {
  let longest = 0;
  for await (const { historyLength = 0 } of rig.client.workflow.list({ query: BATCH_WORKFLOWS_QUERY })) {
    longest = Math.max(longest, historyLength);
  }
  return longest;
}
