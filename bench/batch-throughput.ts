import { type BatchTemplate, DuvoBatches } from '../client';
import type { BatchLoopInput } from './baseline/workflows';
import { type Figure, figure, median } from './figure';
import { note, Rig } from './rig';

const WIDTH = 20;
const PASSES = 7;
const AGENT = 'instant-agent';
const CHILDREN = 'children';

/**
 * Each time that a queue of a shard reads on, it goes through all the tasks since its last checkpoint, done or not, and a
 * checkpoint comes every 30 s. A cluster has hundreds of shards, a dev server one: there that is up to a fifth of its CPU,
 * and passes of either side come upon more or less of it.
 */
const CHECKPOINTS = {
  'history.transferProcessorUpdateAckInterval': '1s',
  'history.visibilityProcessorUpdateAckInterval': '1s',
};

interface Work {
  /** Of one pass. */
  items: number;
  template: BatchTemplate;
  /** The same for the loop. */
  child: Omit<BatchLoopInput, 'items' | 'width'>;
}

/** The figures: items that are runs of an agent which ends at once; and, to see the loop and little else, that do nothing. */
const WORK: Record<string, Work> = {
  'batch-throughput': {
    items: 600,
    template: { run: { agentId: AGENT } },
    child: { type: 'agentRun', taskQueue: 'duvo', args: [{ agentId: AGENT }] },
  },
  'batch-throughput-empty': {
    items: 2_000,
    template: { workflow: { type: 'instant', taskQueue: CHILDREN } },
    child: { type: 'instant', taskQueue: CHILDREN, args: [] },
  },
};

/** Items/s of a batch, against a hand-written loop over the same children, in the same worker, with the same width. */
export async function batchThroughput(names: string[]): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const name of names) {
    const work = WORK[name];
    if (work) figures.push(await throughput(name, work));
  }
  return figures;
}

async function throughput(name: string, work: Work): Promise<Figure> {
  const seen = { ours: [] as number[], loop: [] as number[] };
  const rig = await Rig.start(CHECKPOINTS);
  try {
    await rig.script(AGENT, { steps: [{ end: 'completed' }] });
    await Promise.all([rig.worker('ours'), rig.worker('timerLoop'), rig.worker('bareWatch', CHILDREN)]);
    // What workers pay once is not the cost of an item.
    const warmUp = { ...work, items: 100 };
    await ours(rig, warmUp);
    await loop(rig, warmUp);
    for (let pass = 0; pass < PASSES; pass++) {
      const sides = [['ours', ours] as const, ['loop', loop] as const];
      // The server slows down as it fills: none is always the later one.
      for (const [side, run] of pass % 2 ? sides.reverse() : sides) {
        const began = performance.now();
        await run(rig, work);
        seen[side].push(work.items / ((performance.now() - began) / 1000));
        note(`  ${side}: ${seen[side].at(-1)?.toFixed(1)} items/s`);
      }
    }
  } finally {
    await rig.stop();
  }
  return figure(name, median(seen.ours), median(seen.loop), 'items/s');
}

async function ours(rig: Rig, { items, template }: Work): Promise<void> {
  const all = Array.from({ length: items }, (_one, n) => ({ n }));
  const batch = await new DuvoBatches(rig.client).start(all, { template, width: WIDTH });
  const { completed } = await batch.result();
  if (completed !== items) throw new Error(`${completed} of ${items} items completed`);
}

let loops = 0;

async function loop(rig: Rig, { items, child }: Work): Promise<void> {
  const args: [BatchLoopInput] = [{ items, width: WIDTH, ...child }];
  await rig.client.workflow.execute('batchLoop', { workflowId: `loop-${++loops}`, taskQueue: 'baseline', args });
}
