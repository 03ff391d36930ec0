import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { AgentRunResult, RunState } from '../../contract/runs';
import { DuvoClient } from '../../duvo';
import type { IdempotencyKeyMode } from '../../testing';
import { eventually, waitForOpenGate, type Stack, startStack } from '../support/stack';
import { WorkerProcess } from '../support/processes/worker-process';

/** An address where no server listens: port 9 belongs to the obsolete `discard` service. */
const NOWHERE = 'http://127.0.0.1:9';

let stack: Stack;
let worker: WorkerProcess;

async function begin(idempotencyKeyMode: IdempotencyKeyMode = 'honour'): Promise<void> {
  stack = await startStack({ workers: false, simulator: { idempotencyKeyMode } });
  worker = new WorkerProcess(stack);
  stack.simulator.script('agent', {
    steps: [
      { status: 'running', polls: 3 },
      { ask: { type: 'approval', title: 'Post it?' } },
      { status: 'running', polls: 3 },
      { end: 'completed' },
    ],
    lastMessage: 'posted',
  });
}

afterEach(async () => {
  await worker.stop();
  await stack.stop();
});

const start = () => stack.start({ agentId: 'agent', message: 'read it' });
const answer = (gateId: string) => ({ gateId, approved: true, by: 'alice' });

/** Expects that Duvo created one run and accepted one answer, and that the workflow has the right result. */
async function expectOnce(handle: Awaited<ReturnType<typeof start>>): Promise<void> {
  const result = (await handle.result()) as AgentRunResult;
  expect(result).toMatchObject({
    status: 'completed',
    output: 'posted',
    gates: [{ outcome: 'approved', by: 'alice' }],
  });
  expect(stack.simulator.runs).toHaveLength(1);
  const committed = stack.simulator.ledger.filter((entry) => entry.committed);
  expect(committed.map(({ operation }) => operation)).toEqual(['start', 'respond']);
}

async function answerAndExpectOnce(handle: Awaited<ReturnType<typeof start>>): Promise<void> {
  const gate = await waitForOpenGate(handle);
  await handle.executeUpdate('submitAnswer', { args: [answer(gate.gateId)] });
  await expectOnce(handle);
}

test('a worker that is killed before it sent the start creates one run after its restart', async () => {
  await begin();
  await worker.start({ DUVO_API_BASE_URL: NOWHERE });
  const handle = await start();
  // The start activity has failed once without a connection to Duvo.
  await pendingFailure(handle, 'Duvo.ConnectionFailed');
  await worker.kill();
  expect(stack.simulator.ledger).toHaveLength(0);
  await worker.start();
  await answerAndExpectOnce(handle);
});

test.each([
  ['honours keys', 'honour'],
  ['ignores keys', 'ignore'],
] as const)(
  'a worker that is killed before it receives the response to its start creates one run, when Duvo %s',
  async (_what, keys) => {
    await begin(keys);
    const held = stack.simulator.addFault({ operation: 'start', effect: { hold: 'after' } });
    await worker.start();
    const handle = await start();
    await stack.simulator.waitFor((entry) => entry.operation === 'start' && entry.committed);
    await worker.kill();
    held.release();
    await worker.start();
    await answerAndExpectOnce(handle);
    expect(await handle.result()).toMatchObject({ start: 'adopted' });
  },
);

test('a worker that is killed at the start after a former run has failed creates one run, when Duvo ignores keys', async () => {
  await begin('ignore');
  const workflowId = `former-${randomUUID()}`;
  const input = { agentId: 'agent', message: 'read it' };
  stack.simulator.script('agent', { steps: [{ status: 'running', polls: 2 }, { end: 'failed' }] });
  await worker.start();
  const former = await stack.start({ ...input, watch: { every: [{ every: '1h' }] } }, { workflowId });
  const runId = await eventually(async () => (await former.query<RunState>('runState')).runId);
  await former.terminate();
  const reader = new DuvoClient({ apiKey: stack.simulator.apiKey, baseUrl: stack.simulator.url });
  await eventually(async () => (await reader.runs.get(runId)).run?.status === 'failed');
  await reader.close();
  stack.simulator.script('agent', {
    steps: [{ status: 'running', polls: 6 }, { end: 'completed' }],
    lastMessage: 'posted',
  });
  const held = stack.simulator.addFault({ operation: 'start', effect: { hold: 'after' } });
  const next = await stack.start(input, { workflowId });
  await eventually(() => stack.simulator.runs.length === 2);
  await worker.kill();
  held.release();
  await worker.start();
  expect(await next.result()).toMatchObject({ output: 'posted', start: 'adopted' });
  expect(stack.simulator.runs).toHaveLength(2);
});

test('a worker that is killed while it watches a run continues to watch it after its restart', async () => {
  await begin();
  const held = stack.simulator.addFault({ operation: 'get', skip: 1, effect: { hold: 'before' } });
  await worker.start();
  const handle = await start();
  await stack.simulator.waitFor((entry) => entry.fault !== undefined && entry.operation === 'get');
  await worker.kill();
  held.release();
  await worker.start();
  await answerAndExpectOnce(handle);
});

test('a gate that is open when the worker is killed can be answered after the restart', async () => {
  await begin();
  await worker.start();
  const handle = await start();
  await waitForOpenGate(handle);
  await worker.kill();
  await worker.start();
  await answerAndExpectOnce(handle);
});

test.each([
  ['honours keys', 'honour'],
  ['ignores keys', 'ignore'],
] as const)(
  'an answer that is not yet delivered when the worker is killed is delivered once, when Duvo %s',
  async (_what, keys) => {
    await begin(keys);
    const held = stack.simulator.addFault({ operation: 'respond', effect: { hold: 'before' } });
    await worker.start();
    const handle = await start();
    const gate = await waitForOpenGate(handle);
    await handle.signal('answerGate', answer(gate.gateId));
    await stack.simulator.waitFor(({ operation }) => operation === 'respond');
    await worker.kill();
    held.remove();
    await worker.start();
    await expectOnce(handle);
  },
);

test.each([
  ['honours keys', 'honour'],
  ['ignores keys', 'ignore'],
] as const)(
  'an answer is delivered once when the worker is killed before it receives the response, when Duvo %s',
  async (_what, keys) => {
    await begin(keys);
    const held = stack.simulator.addFault({ operation: 'respond', effect: { hold: 'after' } });
    await worker.start();
    const handle = await start();
    const gate = await waitForOpenGate(handle);
    await handle.signal('answerGate', answer(gate.gateId));
    await stack.simulator.waitFor(({ operation, committed }) => operation === 'respond' && committed);
    await worker.kill();
    held.release();
    await worker.start();
    await expectOnce(handle);
  },
);

/** The number of polls of a run before its first question, between its two questions, and before its end. */
const pollCounts = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 3, maxLength: 3 });
/** The number of further requests that Duvo receives before each of the two kills. */
const kills = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 2, maxLength: 2 });

test('each of many runs is started and answered once when the worker is killed twice at random points', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(pollCounts, { minLength: 8, maxLength: 8 }),
      kills,
      fc.constantFrom('honour', 'ignore'),
      async (all, points, keys) => {
        await begin(keys);
        const { simulator } = stack;
        await worker.start();
        const runs = await Promise.all(
          all.map(async ([first, second, third], n) => {
            const agentId = `agent-${n}`;
            const ask = (title: string) => ({ ask: { type: 'approval' as const, title } });
            const work = (times = 1) => ({ status: 'running', polls: times });
            simulator.script(agentId, {
              steps: [work(first), ask('one'), work(second), ask('two'), work(third), { end: 'completed' }],
              lastMessage: agentId,
            });
            return { agentId, handle: await stack.start({ agentId, message: `read ${agentId}` }) };
          }),
        );
        // Answers are sent as signals, which the server accepts also while no worker runs.
        const answered = new Set<string>();
        const answering = eventually(async () => {
          for (const { agentId, handle } of runs) {
            const [run] = simulator.runs.filter((one) => one.agentId === agentId);
            for (const { id } of run?.humanRequests.filter(({ status }) => status === 'pending') ?? []) {
              if (!answered.has(id)) await handle.signal('answerGate', answer(id));
              answered.add(id);
            }
          }
          return answered.size === 2 * runs.length;
        }, 60_000);
        for (const requestCount of points) {
          const due = simulator.ledger.length + requestCount;
          await eventually(
            () => simulator.ledger.length >= due || simulator.runs.every(({ status }) => status === 'completed'),
          );
          await worker.kill();
          await worker.start();
        }
        await answering;
        for (const { agentId, handle } of runs) {
          expect(await handle.result()).toMatchObject({
            output: agentId,
            gates: [
              { outcome: 'approved', by: 'alice' },
              { outcome: 'approved', by: 'alice' },
            ],
          });
          const done = simulator.ledger.filter((entry) => entry.committed && entry.agentId === agentId);
          expect(done.map(({ operation }) => operation)).toEqual(['start', 'respond', 'respond']);
        }
        await worker.stop();
        await stack.stop();
      },
    ),
    { numRuns: 2, endOnFailure: true },
  );
}, 180_000);

/** Waits until a pending activity of the workflow has failed with this type at least once. */
async function pendingFailure(handle: Awaited<ReturnType<typeof start>>, type: string): Promise<void> {
  await eventually(async () => {
    const { raw } = await handle.describe();
    return raw.pendingActivities?.some(({ lastFailure }) => lastFailure?.applicationFailureInfo?.type === type);
  });
}
