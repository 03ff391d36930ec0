import { type Figure, figure, median } from './figure';
import { note, Rig, type Side, until } from './rig';

const GATES = 40;

type Way = 'update' | 'signal';

/** Answer sent → answer received by Duvo, alternating gate by gate. */
export async function gateLatency(): Promise<Figure[]> {
  const rig = await Rig.start();
  try {
    await rig.script('agent', { steps: [{ ask: { type: 'approval', title: 'Go on?' } }, { status: 'running' }] });
    await Promise.all([rig.worker('ours'), rig.worker('bareWatch')]);
    const figures: Figure[] = [];
    for (const way of ['update', 'signal'] as const) {
      const { ours, bareWatch } = await measure(rig, way);
      figures.push(figure(`gate-latency-${way}`, median(ours), median(bareWatch), 'ms'));
    }
    const worse = figures.reduce((a, b) => (a.ratio >= b.ratio ? a : b));
    return [...figures, { ...worse, name: 'gate-latency' }];
  } finally {
    await rig.stop();
  }
}

async function measure(rig: Rig, way: Way): Promise<{ ours: number[]; bareWatch: number[] }> {
  const load = { agentId: 'agent', everyMs: 60_000 };
  const ids = {
    ours: await rig.startRuns('ours', GATES, load),
    bareWatch: await rig.startRuns('bareWatch', GATES, load),
  };
  const seen = { ours: [] as number[], bareWatch: [] as number[] };
  await until('all gates are open and watched', async () => {
    const waiting = await Promise.all([...ids.ours, ...ids.bareWatch].map((id) => isAsleep(rig, id)));
    return waiting.every(Boolean);
  });
  for (let gate = 0; gate < GATES; gate++) {
    for (const side of ['ours', 'bareWatch'] as const)
      seen[side].push(await answer(rig, side, way, ids[side][gate] ?? ''));
  }
  note(`  ${way}: ours ${median(seen.ours).toFixed(1)} ms, bare ${median(seen.bareWatch).toFixed(1)} ms`);
  await rig.terminate([...ids.ours, ...ids.bareWatch]);
  return seen;
}

/** Whether the poll at the gate sleeps on the server. */
async function isAsleep(rig: Rig, id: string): Promise<boolean> {
  const { raw } = await rig.client.workflow.getHandle(id).describe();
  return raw.pendingActivities?.some(({ attempt }) => (attempt ?? 0) > 1) ?? false;
}

async function answer(rig: Rig, side: Side, way: Way, id: string): Promise<number> {
  const handle = rig.client.workflow.getHandle(id);
  const gates = side === 'ours' ? await handle.query<{ gateId: string }[]>('gates') : [];
  const args: [unknown] = [side === 'ours' ? { gateId: gates[0]?.gateId, approved: true, by: 'bench' } : true];
  const before = (await rig.simulator.stats()).respond.committed;
  const sent = performance.timeOrigin + performance.now();
  if (way === 'update') await handle.executeUpdate(side === 'ours' ? 'submitAnswer' : 'submit', { args });
  else await handle.signal(side === 'ours' ? 'answerGate' : 'answer', ...args);
  await until('the answer arrives', async () => (await rig.simulator.stats()).respond.committed > before, 5);
  const received = (await rig.simulator.ledger({ operation: 'respond' })).at(-1)?.atMs ?? NaN;
  return received - sent;
}
