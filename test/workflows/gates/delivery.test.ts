import type { Gate } from '../../../contract/gates/gates';
import type { RunState } from '../../../contract/runs';
import { concurrentTests } from '../../support/jest/concurrent-tests';
import { failureOf } from '../../support/failures';
import { APPROVAL, gateRuns } from '../../support/gate-runs';
import { eventually, waitForIdlePoll, waitForOpenGate, type Stack, startStack } from '../../support/stack';

const test = concurrentTests();

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

const { duvoRunId, refusal, result, startScenario, submit } = gateRuns(() => stack);

/** The watch polls once, so that only the delivery reads the run while the gate is open. */
const SLOW_WATCH = { watch: { every: [{ every: 200 }], atGate: '1h' } };

/** Starts a run and waits until it sleeps at its gate. */
async function startAtGate(agentId: string, scenario = APPROVAL, input: object = {}) {
  const handle = await startScenario(agentId, scenario, { ...SLOW_WATCH, ...input });
  const { gateId } = await waitForOpenGate(handle);
  await waitForIdlePoll(handle);
  return { handle, gateId, runId: await duvoRunId(handle) };
}

test('a 409 is remembered while the reads that follow it fail, so that the answer in Duvo is not ours', async () => {
  const { handle, gateId, runId } = await startAtGate('denied-in-duvo');
  stack.simulator.answerInDuvo(runId, gateId, { approved: false });
  stack.simulator.addFault({ operation: 'get', runId, effect: { status: 503 }, times: 2 });
  expect((await refusal(handle, { gateId, approved: true, by: 'alice' })).type).toBe('Duvo.GateClosed');
  const { gates, unusedAnswers } = await result(handle);
  expect(gates).toMatchObject([{ outcome: 'answered-elsewhere' }]);
  expect(gates[0]).not.toHaveProperty('by');
  expect(unusedAnswers).toMatchObject([{ gateId, by: 'alice' }]);
});

test('a gate that is answered in Duvo closes while the delivery of another answer keeps failing', async () => {
  const { handle, gateId, runId } = await startAtGate('fails-for-long');
  const effect = { status: 500 };
  const failing = stack.simulator.addFault({ operation: 'respond', runId, effect, times: Infinity });
  await handle.signal('answerGate', { gateId, approved: true, by: 'alice' });
  const isReadAfterFailure = () => {
    const last = stack.simulator.ledger.filter((entry) => entry.runId === runId).at(-1);
    return failing.hits > 1 && last?.operation === 'get' && last.status === 200;
  };
  await eventually(isReadAfterFailure);
  stack.simulator.answerInDuvo(runId, gateId, { approved: false });
  const { gates, unusedAnswers } = await result(handle);
  // The answer that failed last may be the one that Duvo has: a read that follows at once may be outdated.
  expect(gates).toMatchObject([{ outcome: 'answered-elsewhere', by: 'alice', delivery: 'unconfirmed' }]);
  expect(unusedAnswers).toBeUndefined();
});

test('an answer that Duvo took although it returned a 500 is found in Duvo and keeps its name', async () => {
  const { handle, gateId, runId } = await startAtGate('took-it');
  const effect = { replaceBody: '{"code": "internal"}', status: 500 };
  const failing = stack.simulator.addFault({ operation: 'respond', runId, effect, times: Infinity });
  await handle.signal('answerGate', { gateId, approved: true, by: 'alice' });
  expect((await result(handle)).gates).toMatchObject([{ outcome: 'approved', by: 'alice' }]);
  expect(failing.hits).toBe(1);
});

test('the time of a delivery counts against the deadline', async () => {
  const scenario = { ...APPROVAL, stopWhileWaiting: 'stop' as const };
  const { handle, gateId, runId } = await startAtGate('late-delivery', scenario, { deadline: '3s' });
  stack.simulator.addFault({ operation: 'respond', runId, effect: { status: 500 }, times: Infinity });
  await handle.signal('answerGate', { gateId, approved: true, by: 'alice' });
  const failure = await failureOf(handle.result());
  expect(failure).toMatchObject({ type: 'Duvo.RunDeadlineExceeded', details: [{ stopOutcome: 'confirmed' }] });
  expect(await handle.query<RunState>('runState')).toMatchObject({
    status: 'canceled',
    unusedAnswers: [],
  });
});

test('a request that is still open after reads that lagged closed its gate has another gate, and its answer arrives', async () => {
  const handle = await startScenario('closed-by-lag', APPROVAL);
  const { gateId } = await waitForOpenGate(handle);
  const runId = await duvoRunId(handle);
  stack.simulator.addFault({ operation: 'get', runId, effect: { runStatus: 'running' }, times: 3 });
  const reopened = await eventually(async () => {
    const gates = await handle.query<Gate[]>('gates');
    return gates.find((gate) => gate.status === 'open' && gate.gateId !== gateId);
  });
  expect(reopened).toMatchObject({ gateId: `${gateId}~2`, type: 'approval', title: 'Pay 4711?' });
  expect((await refusal(handle, { gateId, approved: true, by: 'alice' })).type).toBe('Duvo.GateClosed');
  await submit(handle, { gateId: `${gateId}~2`, approved: true, by: 'bob' });
  expect((await result(handle)).gates).toMatchObject([
    { gateId, outcome: 'answered-elsewhere' },
    { gateId: `${gateId}~2`, outcome: 'approved', by: 'bob' },
  ]);
  expect(stack.simulator.getRun(runId).humanRequests).toMatchObject([{ id: gateId, status: 'answered' }]);
});
