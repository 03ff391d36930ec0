import { DuvoBatches } from '../client';
import type { BatchLoopInput } from './baseline/workflows';
import { type Figure, figure, median } from './figure';
import { note, Rig } from './rig';

const ITEMS = 2_000;
const WIDTH = 20;
const PASSES = 7;
const CHILDREN = 'children';

/** Items/s of a batch, against a hand-written loop over the same children: both in a worker, the children in another. */
export async function batchThroughput(): Promise<Figure[]> {
  const seen = { ours: [] as number[], loop: [] as number[] };
  const rig = await Rig.start();
  try {
    await Promise.all([rig.worker('ours'), rig.worker('timerLoop'), rig.worker('bareWatch', CHILDREN)]);
    // What workers pay once is not the cost of an item.
    await ours(rig, 100);
    await loop(rig, 100);
    for (let pass = 0; pass < PASSES; pass++) {
      const sides = [['ours', ours] as const, ['loop', loop] as const];
      // The server slows down as it fills: none is always the later one.
      for (const [side, run] of pass % 2 ? sides.reverse() : sides) {
        const began = performance.now();
        await run(rig, ITEMS);
        seen[side].push(ITEMS / ((performance.now() - began) / 1000));
        note(`  ${side}: ${seen[side].at(-1)?.toFixed(1)} items/s`);
      }
    }
  } finally {
    await rig.stop();
  }
  return [figure('batch-throughput', median(seen.ours), median(seen.loop), 'items/s')];
}

async function ours(rig: Rig, items: number): Promise<void> {
  const all = Array.from({ length: items }, (_one, n) => ({ n }));
  const template = { workflow: { type: 'instant', taskQueue: CHILDREN } };
  const batch = await new DuvoBatches(rig.client).start(all, { template, width: WIDTH });
  const { completed } = await batch.result();
  if (completed !== items) throw new Error(`${completed} of ${items} items completed`);
}

let loops = 0;

async function loop(rig: Rig, items: number): Promise<void> {
  const args: [BatchLoopInput] = [{ items, width: WIDTH, taskQueue: CHILDREN }];
  await rig.client.workflow.execute('batchLoop', { workflowId: `loop-${++loops}`, taskQueue: 'baseline', args });
}
