import { join } from 'node:path';
import { type DuvoBatch, DuvoBatches } from '../client';
import { memoryMiB, pause, Rig } from './rig';

const WIDTH = 50;
const CHILDREN = 'children';
const COLLECTED = ['--expose-gc', '-r', join(__dirname, 'collect-garbage.js')];

export interface Sample {
  /** Items in the pages that are done. */
  done: number;
  /** Resident memory of the worker that has the batch and its pages, garbage aside. MiB. */
  memory: number;
}

/** A batch of a workflow that does nothing, so that all the worker's memory is the batch's. */
export async function instantBatch<T>(
  count: number,
  measure: (rig: Rig, batch: DuvoBatch, samples: Sample[]) => Promise<T>,
): Promise<T> {
  const rig = await Rig.start();
  try {
    const { pid = 0 } = await rig.worker('ours', undefined, COLLECTED);
    await rig.worker('timerLoop', CHILDREN);
    const items = function* () {
      for (let n = 0; n < count; n++) yield { n, text: `item ${n}` };
    };
    const template = { workflow: { type: 'instant', taskQueue: CHILDREN } };
    const samples: Sample[] = [];
    let done = 0;
    let over = false;
    const sampling = (async () => {
      for (; !over; await pause(250)) samples.push({ done, memory: memoryMiB(pid) });
    })();
    try {
      const batch = await new DuvoBatches(rig.client).start(items(), { template, width: WIDTH });
      const result = batch.result();
      let ended = false;
      void result.catch(() => undefined).finally(() => (ended = true));
      // A query is work for the worker: seldom.
      for (; !ended; await pause(2_000)) done = (await batch.progress()).completed;
      const { completed } = await result;
      if (completed !== count) throw new Error(`${completed} of ${count} items completed`);
      over = true;
      await sampling;
      return await measure(rig, batch, samples);
    } finally {
      over = true;
      await sampling;
    }
  } finally {
    await rig.stop();
  }
}

export const BATCH_WORKFLOWS = `WorkflowType IN ('batch', 'batchPage', 'batchItems')`;

/** The longest history of the batch, its pages and their stores. */
export async function longestHistory(rig: Rig): Promise<number> {
  let longest = 0;
  for await (const { historyLength = 0 } of rig.client.workflow.list({ query: BATCH_WORKFLOWS })) {
    longest = Math.max(longest, historyLength);
  }
  return longest;
}
