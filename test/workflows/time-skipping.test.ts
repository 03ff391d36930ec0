import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { createDuvoActivities } from '../../activities';
import { DuvoClient } from '../../duvo';
import { DuvoSimulator } from '../../testing';
import { ensureSearchAttributes, findTimeSkippingServer } from '../../workers';
import type { AgentRunInput, AgentRunResult, Gate } from '../../workflows/contract';
import { quieten, workflowBundle } from '../support/stack';
import { failureOf } from '../support/failures';

const HOUR = 3_600_000;
let env: TestWorkflowEnvironment;
let simulator: DuvoSimulator;
let duvo: DuvoClient;

beforeAll(async () => {
  quieten();
  const { path } = await findTimeSkippingServer();
  env = await TestWorkflowEnvironment.createTimeSkipping({
    ...(path && { server: { executable: { type: 'existing-path', path } } }),
  });
  await ensureSearchAttributes(env.connection, { namespace: env.namespace ?? 'default' });
  simulator = await DuvoSimulator.start();
  duvo = new DuvoClient({ apiKey: simulator.apiKey, baseUrl: simulator.url });
}, 180_000);
afterAll(async () => {
  await duvo?.close();
  await simulator?.close();
  await env?.teardown();
});

/** Runs to the end, in skipped time; `meanwhile` is done at the workflow's time that it asks for. */
async function run(input: AgentRunInput): Promise<AgentRunResult> {
  const id = input.agentId ?? '';
  const shared = { connection: env.nativeConnection, namespace: env.namespace ?? 'default' };
  const workers = await Promise.all([
    Worker.create({ ...shared, taskQueue: id, workflowBundle: workflowBundle() }),
    Worker.create({ ...shared, taskQueue: `${id}-api`, activities: createDuvoActivities({ client: duvo }) }),
  ]);
  const running = Promise.all(workers.map((worker) => worker.run()));
  try {
    return (await env.client.workflow.execute('agentRun', {
      taskQueue: id,
      workflowId: id,
      args: [{ ...input, apiTaskQueue: `${id}-api` }],
    })) as AgentRunResult;
  } finally {
    for (const worker of workers) worker.shutdown();
    await running;
  }
}
const gets = (agentId: string) =>
  simulator.ledger.filter((entry) => entry.operation === 'get' && entry.agentId === agentId).length;

test('20 hours of polling: the clock is the agent’s, the polls follow the interval', async () => {
  simulator.script('long', { steps: [{ status: 'running', looks: 20 }, { end: 'completed' }] });
  const { clocks } = await run({ agentId: 'long', watch: { every: [{ every: '1h' }] } });
  expect(gets('long')).toBe(21);
  // The first look is made at once; the interval is jittered by a tenth.
  expect(clocks.agentMs / HOUR).toBeGreaterThan(18);
  expect(clocks.agentMs / HOUR).toBeLessThan(22);
  expect(clocks.humanMs).toBe(0);
}, 30_000);

test('the default intervals: 5 s for two minutes, 30 s until a quarter of an hour, then a minute', async () => {
  simulator.script('default', { steps: [{ status: 'running', looks: 24 + 26 + 45 }, { end: 'completed' }] });
  const { clocks } = await run({ agentId: 'default' });
  expect(clocks.agentMs / 60_000).toBeGreaterThan(50);
  expect(clocks.agentMs / 60_000).toBeLessThan(70);
}, 30_000);

test('a gate of 10 days, which the policy then denies: the time is people’s, and the deadline of an hour is not burnt', async () => {
  simulator.script('patient', {
    steps: [
      { status: 'running', looks: 2 },
      { ask: { type: 'approval', title: 'Still?' } },
      { status: 'running', looks: 1 },
      { end: 'completed' },
    ],
  });
  const result = await run({
    agentId: 'patient',
    deadline: '1h',
    watch: { every: [{ every: '1m' }], atGate: '6h' },
    gate: { due: '10d', onTimeout: 'deny' },
  });
  expect(result.gates).toMatchObject([{ outcome: 'timed-out' }] satisfies Partial<Gate>[]);
  expect(result.clocks.humanMs / (24 * HOUR)).toBeCloseTo(10, 1);
  expect(result.clocks.agentMs).toBeLessThan(HOUR);
}, 30_000);

test('a deadline of a day is kept while the run works', async () => {
  simulator.script('late', { steps: [{ status: 'running' }] });
  const failure = await failureOf(run({ agentId: 'late', deadline: '1d', watch: { every: [{ every: '1h' }] } }));
  expect(failure.type).toBe('Duvo.RunDeadlineExceeded');
  expect(simulator.runs.find(({ agentId }) => agentId === 'late')?.status).toBe('canceled');
}, 30_000);
