import { DuvoWorkflows } from '../../client';
import { type Figure, createFigure } from '../support/figure';
import { logProgress, sleep, Rig } from '../support/rig';

const ITEM_COUNT = 300;
const CONCURRENCY = 20;
const CHILDREN_TASK_QUEUE = 'children';
/** Makes each item so large that the batch needs several pages. */
const PADDING = 'x'.repeat(1_500);

/**
 * Measures the mean number of open child workflows, against the batch's concurrency. The period starts when the concurrency
 * is first reached and ends when the last item starts.
 */
export async function measureBatchUtilisation(): Promise<Figure[]> {
  const overPages = await measureMeanOpen({ PADDING });
  logProgress(`  over several pages: ${overPages.toFixed(2)} of ${CONCURRENCY}`);
  return [createFigure('batch-utilisation', await measureMeanOpen({}), CONCURRENCY, 'children open')];
}

async function measureMeanOpen(extraFields: object): Promise<number> {
  const rig = await Rig.start();
  try {
    await Promise.all([rig.startWorker('ours'), rig.startWorker('timerLoop', CHILDREN_TASK_QUEUE)]);
    const items = Array.from({ length: ITEM_COUNT }, (_one, n) => ({ n, ...extraFields }));
    const template = { workflow: { type: 'threeSeconds', taskQueue: CHILDREN_TASK_QUEUE } };
    const batch = await new DuvoWorkflows(rig.client).batches.start(items, { template, concurrency: CONCURRENCY });
    const { pages } = await batch.result();
    logProgress(`  ${ITEM_COUNT} items in ${pages} pages`);
    return meanOpenChildren(await readOpenIntervals(rig));
  } finally {
    await rig.stop();
  }
}

interface OpenInterval {
  from: number;
  to: number;
}

async function readOpenIntervals(rig: Rig): Promise<OpenInterval[]> {
  for (;;) {
    const times: OpenInterval[] = [];
    for await (const { startTime, closeTime } of rig.client.workflow.list({ query: `WorkflowType = 'threeSeconds'` })) {
      if (closeTime) times.push({ from: startTime.getTime(), to: closeTime.getTime() });
    }
    // Temporal's visibility lists a closed workflow only some time after it has closed.
    if (times.length === ITEM_COUNT) return times;
    await sleep(500);
  }
}

function meanOpenChildren(times: OpenInterval[]): number {
  const starts = times.map(({ from }) => from).sort((a, b) => a - b);
  const [begin = 0, end = 0] = [starts[CONCURRENCY - 1], starts.at(-1)];
  const overlapsMs = times.map(({ from, to }) => Math.max(0, Math.min(to, end) - Math.max(from, begin)));
  return overlapsMs.reduce((sum, ms) => sum + ms, 0) / (end - begin);
}
