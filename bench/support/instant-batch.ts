import { join } from 'node:path';
import { DuvoWorkflows } from '../../client';
import { BATCH_ID_SEARCH_ATTRIBUTE } from '../../contract/batches/batch-contract';
import { readMemoryMiB, sleep, Rig } from './rig';

const CONCURRENCY = 50;
const CHILDREN_TASK_QUEUE = 'children';
const INSTANT_WORKFLOW_TYPE = 'instant';
const GARBAGE_COLLECTED_NODE_OPTIONS = ['--expose-gc', '-r', join(__dirname, 'collect-garbage.js')];

export interface Sample {
  /** Number of completed items. */
  done: number;
  /** Resident memory, without garbage, of the worker that runs the batch and its pages, in MiB. */
  memoryMiB: number;
}

/** Runs a batch with `count` items and returns memory samples taken during the batch. */
export type RunBatch = (count: number) => Promise<Sample[]>;

/**
 * Starts a worker for batches whose items run an empty workflow in another worker, so that only the batches use the measured
 * worker's memory.
 */
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
  // The server counts the completed items, because a query to the batch would add work to the measured worker.
  const query = `WorkflowType = '${INSTANT_WORKFLOW_TYPE}' AND ExecutionStatus = 'Completed' AND ${BATCH_ID_SEARCH_ATTRIBUTE} = '${batch.workflowId}'`;
  let done = 0;
  const counting = (async () => {
    for (; !hasEnded; await sleep(2_000)) done = (await rig.client.workflow.count(query)).count;
  })();
  const samples: Sample[] = [];
  // Sampling stops with the batch, because the worker's cache then drops the batch's workflows.
  const sampling = (async () => {
    for (; !hasEnded; await sleep(250)) samples.push({ done, memoryMiB: readMemoryMiB(pid) });
  })();
  const [{ completed }] = await Promise.all([result, counting, sampling]);
  if (completed !== count) throw new Error(`${completed} of ${count} items completed`);
  return samples;
}

export const BATCH_WORKFLOWS_QUERY = `WorkflowType IN ('batch', 'batchPage', 'batchItems')`;

/** Returns the length of the longest history of the batch workflows, page workflows and item-store workflows. */
export async function readMaxHistoryEvents(rig: Rig): Promise<number> {
  let longest = 0;
  for await (const { historyLength = 0 } of rig.client.workflow.list({ query: BATCH_WORKFLOWS_QUERY })) {
    longest = Math.max(longest, historyLength);
  }
  return longest;
}
