import { type Figure, createFigure } from '../support/figure';
import { Rig, type Side, waitUntil } from '../support/rig';

const POLLS = 200;

/** Counts the history events of a run with 200 polls and one gate. The count does not vary, so one pass is enough. */
export async function measureRunHistory(): Promise<Figure[]> {
  const rig = await Rig.start();
  try {
    const half = { status: 'running', polls: POLLS / 2 };
    await rig.script('agent', {
      steps: [half, { ask: { type: 'approval', title: 'Go on?' } }, half, { end: 'completed' }],
    });
    await Promise.all([rig.startWorker('ours'), rig.startWorker('timerLoop')]);
    const [ours, baseline] = await Promise.all([
      measureHistoryEvents(rig, 'ours'),
      measureHistoryEvents(rig, 'timerLoop'),
    ]);
    return [createFigure('run-history', ours, baseline, 'events')];
  } finally {
    await rig.stop();
  }
}

async function measureHistoryEvents(rig: Rig, side: Side): Promise<number> {
  const [id = ''] = await rig.startRuns(side, 1, { agentId: 'agent', everyMs: 100 });
  const handle = rig.client.workflow.getHandle(id);
  if (side === 'ours') {
    let gateId: string | undefined;
    await waitUntil(
      'the gate opens',
      async () => {
        gateId = (await handle.query<{ gateId: string }[]>('gates'))[0]?.gateId;
        return gateId !== undefined;
      },
      500,
      280_000,
    );
    await handle.executeUpdate('submitAnswer', { args: [{ gateId, approved: true, by: 'bench' }] });
  } else {
    await handle.signal('answer', true);
  }
  await handle.result();
  return (await handle.describe()).historyLength;
}
