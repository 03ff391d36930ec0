import type { AgentRunResult } from '../../workflows/contract';
import { eventually, openGate, type Stack, startStack } from '../support/stack';
import { WorkerProcess } from '../support/worker-process';

/** Nothing listens on the port of `discard`. */
const NOWHERE = 'http://127.0.0.1:9';

let stack: Stack;
let worker: WorkerProcess;

async function begin(honourIdempotencyKeys = true): Promise<void> {
  stack = await startStack({ workers: false, simulator: { honourIdempotencyKeys } });
  worker = new WorkerProcess(stack);
  stack.simulator.script('agent', {
    steps: [
      { status: 'running', looks: 3 },
      { ask: { type: 'approval', title: 'Post it?' } },
      { status: 'running', looks: 3 },
      { end: 'completed' },
    ],
    says: 'posted',
  });
}

afterEach(async () => {
  await worker.stop();
  await stack.stop();
});

const start = () => stack.start({ agentId: 'agent', message: 'read it' });
const answer = (gateId: string) => ({ gateId, approved: true, by: 'alice' });

/** One run, one answer, the right result. */
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
  const gate = await openGate(handle);
  await handle.executeUpdate('submitAnswer', { args: [answer(gate.gateId)] });
  await expectOnce(handle);
}

test('killed before the start is sent', async () => {
  await begin();
  await worker.start({ DUVO_API_BASE_URL: NOWHERE });
  const handle = await start();
  // The start has been tried, and Duvo has not heard of it.
  await pendingFailure(handle, 'Duvo.ConnectionFailed');
  await worker.kill();
  expect(stack.simulator.ledger).toHaveLength(0);
  await worker.start();
  await answerAndExpectOnce(handle);
});

test.each([
  ['honours keys', true],
  ['ignores keys', false],
])('killed after Duvo took the start, before the worker knew, when Duvo %s', async (_what, honours) => {
  await begin(honours);
  const held = stack.simulator.fail({ on: 'start', how: { hold: 'after' } });
  await worker.start();
  const handle = await start();
  await stack.simulator.waitFor((entry) => entry.operation === 'start' && entry.committed);
  await worker.kill();
  held.release();
  await worker.start();
  await answerAndExpectOnce(handle);
  expect(await handle.result()).toMatchObject({ start: 'adopted' });
});

test('killed while watching', async () => {
  await begin();
  const held = stack.simulator.fail({ on: 'get', after: 1, how: { hold: 'before' } });
  await worker.start();
  const handle = await start();
  await stack.simulator.waitFor((entry) => entry.fault !== undefined && entry.operation === 'get');
  await worker.kill();
  held.release();
  await worker.start();
  await answerAndExpectOnce(handle);
});

test('killed with a gate open', async () => {
  await begin();
  await worker.start();
  const handle = await start();
  await openGate(handle);
  await worker.kill();
  await worker.start();
  await answerAndExpectOnce(handle);
});

test.each([
  ['honours keys', true],
  ['ignores keys', false],
])('killed after an answer, before its delivery, when Duvo %s', async (_what, honours) => {
  await begin(honours);
  const held = stack.simulator.fail({ on: 'respond', how: { hold: 'before' } });
  await worker.start();
  const handle = await start();
  const gate = await openGate(handle);
  await handle.signal('answerGate', answer(gate.gateId));
  await stack.simulator.waitFor(({ operation }) => operation === 'respond');
  await worker.kill();
  held.remove();
  await worker.start();
  await expectOnce(handle);
});

test.each([
  ['honours keys', true],
  ['ignores keys', false],
])('killed after the delivery, before the worker knew, when Duvo %s', async (_what, honours) => {
  await begin(honours);
  const held = stack.simulator.fail({ on: 'respond', how: { hold: 'after' } });
  await worker.start();
  const handle = await start();
  const gate = await openGate(handle);
  await handle.signal('answerGate', answer(gate.gateId));
  await stack.simulator.waitFor(({ operation, committed }) => operation === 'respond' && committed);
  await worker.kill();
  held.release();
  await worker.start();
  await expectOnce(handle);
});

/** Waits for an activity of the run to have failed with this type at least once. */
async function pendingFailure(handle: Awaited<ReturnType<typeof start>>, type: string): Promise<void> {
  await eventually(async () => {
    const { raw } = await handle.describe();
    return raw.pendingActivities?.some(({ lastFailure }) => lastFailure?.applicationFailureInfo?.type === type);
  });
}
