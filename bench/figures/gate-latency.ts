import { type Figure, createFigure, median } from '../support/figure';
import { logProgress, Rig, type Side, waitUntil } from '../support/rig';

const GATE_COUNT = 40;

type AnswerMethod = 'update' | 'signal';

/**
 * Measures the time from sending an answer to its arrival at the simulator, against the hand-written workflow. The two sides
 * alternate after each gate.
 */
export async function measureGateLatency(): Promise<Figure[]> {
  const rig = await Rig.start();
  try {
    await rig.script('agent', { steps: [{ ask: { type: 'approval', title: 'Go on?' } }, { status: 'running' }] });
    await Promise.all([rig.startWorker('ours'), rig.startWorker('bareWatch')]);
    const figures: Figure[] = [];
    for (const method of ['update', 'signal'] as const) {
      const { ours, bareWatch } = await measureLatencies(rig, method);
      figures.push(createFigure(`gate-latency-${method}`, median(ours), median(bareWatch), 'ms'));
    }
    const worse = figures.reduce((a, b) => (a.ratio >= b.ratio ? a : b));
    return [...figures, { ...worse, name: 'gate-latency' }];
  } finally {
    await rig.stop();
  }
}

async function measureLatencies(rig: Rig, method: AnswerMethod): Promise<{ ours: number[]; bareWatch: number[] }> {
  const load = { agentId: 'agent', everyMs: 60_000 };
  const ids = {
    ours: await rig.startRuns('ours', GATE_COUNT, load),
    bareWatch: await rig.startRuns('bareWatch', GATE_COUNT, load),
  };
  const samples = { ours: [] as number[], bareWatch: [] as number[] };
  await waitUntil('all gates are open and watched', async () => {
    const waiting = await Promise.all([...ids.ours, ...ids.bareWatch].map((id) => isPollWaiting(rig, id)));
    return waiting.every(Boolean);
  });
  for (let gate = 0; gate < GATE_COUNT; gate++) {
    for (const side of ['ours', 'bareWatch'] as const)
      samples[side].push(await measureAnswerLatencyMs(rig, side, method, ids[side][gate] ?? ''));
  }
  logProgress(
    `  ${method}: ours ${median(samples.ours).toFixed(1)} ms, bare ${median(samples.bareWatch).toFixed(1)} ms`,
  );
  await rig.terminate([...ids.ours, ...ids.bareWatch]);
  return samples;
}

/** Returns whether the activity that polls the run has failed once and waits on the server for its next attempt. */
async function isPollWaiting(rig: Rig, id: string): Promise<boolean> {
  const { raw } = await rig.client.workflow.getHandle(id).describe();
  return raw.pendingActivities?.some(({ attempt }) => (attempt ?? 0) > 1) ?? false;
}

async function measureAnswerLatencyMs(rig: Rig, side: Side, method: AnswerMethod, id: string): Promise<number> {
  const handle = rig.client.workflow.getHandle(id);
  const gates = side === 'ours' ? await handle.query<{ gateId: string }[]>('gates') : [];
  const args: [unknown] = [side === 'ours' ? { gateId: gates[0]?.gateId, approved: true, by: 'bench' } : true];
  const before = (await rig.simulator.stats()).respond.committed;
  const sentAtMs = performance.timeOrigin + performance.now();
  if (method === 'update') await handle.executeUpdate(side === 'ours' ? 'submitAnswer' : 'submit', { args });
  else await handle.signal(side === 'ours' ? 'answerGate' : 'answer', ...args);
  await waitUntil('the answer arrives', async () => (await rig.simulator.stats()).respond.committed > before, 5);
  const receivedAtMs = (await rig.simulator.ledger({ operation: 'respond' })).at(-1)?.atMs ?? NaN;
  return receivedAtMs - sentAtMs;
}
