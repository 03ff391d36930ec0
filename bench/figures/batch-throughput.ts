import { type BatchTemplate, DuvoWorkflows } from '../../client';
import type { BatchLoopInput } from '../baseline/workflows';
import { type Figure, createFigure, median } from '../support/figure';
import { logProgress, Rig } from '../support/rig';

const CONCURRENCY = 20;
const PASSES = 7;
const AGENT_ID = 'instant-agent';
const CHILDREN_TASK_QUEUE = 'children';

/**
 * Each time that a queue of a shard reads on, it goes through all the tasks since its last checkpoint, done or not, and a
 * checkpoint comes every 30 s. A cluster has hundreds of shards, a dev server one: there that is up to a fifth of its CPU,
 * and passes of either side come upon more or less of it.
 */
const CHECKPOINT_SETTINGS = {
  'history.transferProcessorUpdateAckInterval': '1s',
  'history.visibilityProcessorUpdateAckInterval': '1s',
};

interface Workload {
  /** Of one pass. */
  items: number;
  template: BatchTemplate;
  /** The same for the loop. */
  child: Omit<BatchLoopInput, 'items' | 'concurrency'>;
}

/** The figures: items that are runs of an agent which ends at once; and, to see the loop and little else, that do nothing. */
const WORKLOADS: Record<string, Workload> = {
  'batch-throughput': {
    items: 600,
    template: { run: { agentId: AGENT_ID } },
    child: { type: 'agentRun', taskQueue: 'duvo', args: [{ agentId: AGENT_ID }] },
  },
  'batch-throughput-empty': {
    items: 2_000,
    template: { workflow: { type: 'instant', taskQueue: CHILDREN_TASK_QUEUE } },
    child: { type: 'instant', taskQueue: CHILDREN_TASK_QUEUE, args: [] },
  },
};

/** Items/s of a batch, against a hand-written loop over the same children, in the same worker, with the same concurrency. */
export async function measureBatchThroughput(names: string[]): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const name of names) {
    const work = WORKLOADS[name];
    if (work) figures.push(await measureThroughput(name, work));
  }
  return figures;
}

async function measureThroughput(name: string, work: Workload): Promise<Figure> {
  const samples = { ours: [] as number[], loop: [] as number[] };
  const rig = await Rig.start(CHECKPOINT_SETTINGS);
  try {
    await rig.script(AGENT_ID, { steps: [{ end: 'completed' }] });
    await Promise.all([
      rig.startWorker('ours'),
      rig.startWorker('timerLoop'),
      rig.startWorker('bareWatch', CHILDREN_TASK_QUEUE),
    ]);
    // What workers pay once is not the cost of an item.
    const warmUp = { ...work, items: 100 };
    await runOurBatch(rig, warmUp);
    await runBaselineLoop(rig, warmUp);
    for (let pass = 0; pass < PASSES; pass++) {
      const sides = [['ours', runOurBatch] as const, ['loop', runBaselineLoop] as const];
      // The server slows down as it fills: none is always the later one.
      for (const [side, run] of pass % 2 ? sides.reverse() : sides) {
        const startedAt = performance.now();
        await run(rig, work);
        samples[side].push(work.items / ((performance.now() - startedAt) / 1000));
        logProgress(`  ${side}: ${samples[side].at(-1)?.toFixed(1)} items/s`);
      }
    }
  } finally {
    await rig.stop();
  }
  return createFigure(name, median(samples.ours), median(samples.loop), 'items/s');
}

async function runOurBatch(rig: Rig, { items, template }: Workload): Promise<void> {
  const all = Array.from({ length: items }, (_one, n) => ({ n }));
  const batch = await new DuvoWorkflows(rig.client).batches.start(all, { template, concurrency: CONCURRENCY });
  const { completed } = await batch.result();
  if (completed !== items) throw new Error(`${completed} of ${items} items completed`);
}

let loopCount = 0;

async function runBaselineLoop(rig: Rig, { items, child }: Workload): Promise<void> {
  const args: [BatchLoopInput] = [{ items, concurrency: CONCURRENCY, ...child }];
  await rig.client.workflow.execute('batchLoop', { workflowId: `loop-${++loopCount}`, taskQueue: 'baseline', args });
}
