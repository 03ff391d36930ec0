import type { Gate } from '../../../contract/gates/gates';
import { DuvoWorkflows } from '../../../client';
import { concurrentTests, serialTest } from '../../support/jest/concurrent-tests';
import { collect } from '../../support/collect';
import { failureOf } from '../../support/failures';
import { APPROVAL, gateRuns } from '../../support/gate-runs';
import { eventually, waitForIdlePoll, waitForOpenGate, type Stack, startStack } from '../../support/stack';

const test = concurrentTests();

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

const { duvoRunId, refusal, responseKeys, result, startScenario } = gateRuns(() => stack);

const SIGNATURE = { steps: [{ ask: { type: 'signature', title: 'Sign 4711' } }, { end: 'completed' as const }] };

serialTest('the time of a gate that opened while no worker ran counts from when people can see it', async () => {
  const handle = await startScenario('late-worker', APPROVAL, {
    watch: { every: [{ every: '60s' }], atGate: 200 },
    gate: { due: '5s', onTimeout: 'approve' },
  });
  const runId = await eventually(() => duvoRunId(handle));
  await waitForIdlePoll(handle);
  await stack.stopWorkers();
  const read = { headers: { authorization: `Bearer ${stack.simulator.apiKey}` } };
  await fetch(`${stack.simulator.url}/v1/runs/${runId}`, read);
  await eventually(() => stack.simulator.getRun(runId).humanRequests.length > 0);
  const askedAt = Date.now();
  await eventually(() => Date.now() > askedAt + 6_000);
  const restartedAt = Date.now();
  await stack.startWorkers();
  await handle.signal('hint', { source: 'test' });
  const gate: Gate = await waitForOpenGate(handle);
  expect(Date.parse(gate.openedAt)).toBeLessThan(restartedAt);
  expect(Date.parse(gate.due ?? '')).toBeGreaterThanOrEqual(restartedAt + 5_000);
  await handle.terminate();
});

test('a request of an unknown kind is listed, and can be answered in Duvo only', async () => {
  const handle = await startScenario('unknown-kind', SIGNATURE, { watch: { every: [{ every: 200 }], atGate: 200 } });
  const { gateId, ref, type } = await waitForOpenGate(handle);
  expect(type).toBe('unknown');
  const { gates } = new DuvoWorkflows(stack.client);
  await eventually(async () =>
    (await collect(gates.list({ agentId: 'unknown-kind' }))).some((gate) => gate.ref === ref),
  );
  for (const answer of [{ approved: true }, { answers: { 'Sign 4711': 'yes' } }]) {
    expect(await refusal(handle, { gateId, by: 'alice', ...answer })).toMatchObject({
      type: 'Duvo.AnswerInvalid',
      message: expect.stringContaining('answer it in Duvo') as string,
    });
  }
  const runId = await duvoRunId(handle);
  stack.simulator.answerInDuvo(runId, gateId, { approved: true });
  expect((await result(handle)).gates).toMatchObject([{ type: 'unknown', outcome: 'answered-elsewhere' }]);
  expect(responseKeys({ runId })).toEqual([]);
});

test('no policy answers a request of an unknown kind', async () => {
  const gate = { due: 300, onTimeout: 'approve' };
  const handle = await startScenario('unknown-due', { ...SIGNATURE, stopWhileWaiting: 'stop' }, { gate });
  const failure = await failureOf(handle.result());
  expect(failure).toMatchObject({ type: 'Duvo.GateTimedOut', details: [{ gates: [{ outcome: 'timed-out' }] }] });
  const [{ runId }] = failure.details as [{ runId: string }];
  expect(responseKeys({ runId })).toEqual([]);
});

test('a run that completes because the stop denied its approval fails, as its policy says', async () => {
  const steps = [{ ask: { type: 'approval' as const, title: 'Pay 4711?' } }, { end: 'completed' as const }];
  const handle = await startScenario('denied-by-stop', { steps }, { gate: { due: 300, onTimeout: 'fail' } });
  const failure = await failureOf(handle.result());
  expect(failure).toMatchObject({ type: 'Duvo.GateTimedOut', details: [{ gates: [{ outcome: 'timed-out' }] }] });
  const [{ runId }] = failure.details as [{ runId: string }];
  expect(stack.simulator.getRun(runId).status).toBe('completed');
});

test('a run that completes because the stop denied a second approval fails, as the policy of the first one says', async () => {
  const agentId = 'second-denied';
  const ask = { type: 'approval' as const, title: 'Pay 4711?' };
  const held = stack.simulator.addFault({ operation: 'stop', agentId, effect: { hold: 'before' } });
  const scenario = { steps: [{ ask }, { ask: { ...ask, title: 'Pay 4712?' } }, { end: 'completed' as const }] };
  const handle = await startScenario(agentId, scenario, { gate: { due: 300, onTimeout: 'fail' } });
  const { gateId } = await waitForOpenGate(handle);
  const { runId = '' } = await stack.simulator.waitFor(
    (entry) => entry.operation === 'stop' && entry.agentId === agentId,
  );
  stack.simulator.answerInDuvo(runId, gateId, { approved: true });
  held.release();
  const failure = await failureOf(handle.result());
  expect(failure).toMatchObject({
    type: 'Duvo.GateTimedOut',
    details: [{ gates: [{ gateId, outcome: 'answered-elsewhere' }, { outcome: 'withdrawn' }] }],
  });
  expect(stack.simulator.getRun(runId).status).toBe('completed');
});
