import { type BatchTemplate, DuvoWorkflows } from '../../client';
import type { BatchLoopInput } from '../baseline/workflows';
import { type Figure, createFigure, median } from '../support/figure';
import { logProgress, Rig } from '../support/rig';

const CONCURRENCY = 20;
const PASSES = 7;
const AGENT_ID = 'instant-agent';
const CHILDREN_TASK_QUEUE = 'children';

/**
 * Server settings that shorten the checkpoint interval of the task queues of a shard from 30 s to 1 s. Each read of such a
 * queue goes through all tasks since the last checkpoint. A cluster has hundreds of shards, but a dev server has one, where
 * these reads use up to a fifth of the CPU and make the results of single passes vary.
 */
const CHECKPOINT_SETTINGS = {
  'history.transferProcessorUpdateAckInterval': '1s',
  'history.visibilityProcessorUpdateAckInterval': '1s',
};

interface Workload {
  /** Number of items in one pass of the benchmark. */
  items: number;
  template: BatchTemplate;
  /** The child workflow that the hand-written loop starts for each item; it does the same work as `template`. */
  child: Omit<BatchLoopInput, 'items' | 'concurrency'>;
}

/** One workload for each figure: items that run an agent which completes at once, and items whose workflow does nothing. */
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

/**
 * Measures items per second of a batch, against a hand-written loop that starts the same child workflows with the same
 * concurrency.
 */
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
    // A warm-up keeps the one-time costs of the workers out of the measurement.
    const warmUp = { ...work, items: 100 };
    await runOurBatch(rig, warmUp);
    await runBaselineLoop(rig, warmUp);
    for (let pass = 0; pass < PASSES; pass++) {
      const sides = [['ours', runOurBatch] as const, ['loop', runBaselineLoop] as const];
      // The server becomes slower as its database grows, so the two sides alternate in who runs first.
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
