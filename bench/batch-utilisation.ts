import { DuvoBatches } from '../client';
import { type Figure, figure } from './figure';
import { note, pause, Rig } from './rig';

const ITEMS = 300;
const WIDTH = 20;
const CHILDREN = 'children';
/** With it the items make several pages, over whose ends the window moves. */
const PADDING = 'x'.repeat(1_500);

/** Mean share of the window with a child open, from when it is full until the last item is started. */
export async function batchUtilisation(): Promise<Figure[]> {
  const overPages = await meanOpenOf({ PADDING });
  note(`  over several pages: ${overPages.toFixed(2)} of ${WIDTH}`);
  return [figure('batch-utilisation', await meanOpenOf({}), WIDTH, 'children open')];
}

async function meanOpenOf(more: object): Promise<number> {
  const rig = await Rig.start();
  try {
    await Promise.all([rig.worker('ours'), rig.worker('timerLoop', CHILDREN)]);
    const items = Array.from({ length: ITEMS }, (_one, n) => ({ n, ...more }));
    const template = { workflow: { type: 'threeSeconds', taskQueue: CHILDREN } };
    const batch = await new DuvoBatches(rig.client).start(items, { template, width: WIDTH });
    const { pages } = await batch.result();
    note(`  ${ITEMS} items in ${pages} pages`);
    return meanOpen(await openTimes(rig));
  } finally {
    await rig.stop();
  }
}

interface Open {
  from: number;
  to: number;
}

async function openTimes(rig: Rig): Promise<Open[]> {
  for (;;) {
    const times: Open[] = [];
    for await (const { startTime, closeTime } of rig.client.workflow.list({ query: `WorkflowType = 'threeSeconds'` })) {
      if (closeTime) times.push({ from: startTime.getTime(), to: closeTime.getTime() });
    }
    // Visibility comes a moment later.
    if (times.length === ITEMS) return times;
    await pause(500);
  }
}

function meanOpen(times: Open[]): number {
  const starts = times.map(({ from }) => from).sort((a, b) => a - b);
  const [begin = 0, end = 0] = [starts[WIDTH - 1], starts.at(-1)];
  const within = times.map(({ from, to }) => Math.max(0, Math.min(to, end) - Math.max(from, begin)));
  return within.reduce((sum, ms) => sum + ms, 0) / (end - begin);
}
