import type { Gate } from '../../../contract/gates/gates';
import type { RunState } from '../../../contract/runs';
import { concurrentTests } from '../../support/jest/concurrent-tests';
import { failureOf } from '../../support/failures';
import { APPROVAL, gateRuns } from '../../support/gate-runs';
import { eventually, waitForIdlePoll, waitForOpenGate, QUICK_WATCH, type Stack, startStack } from '../../support/stack';

const test = concurrentTests();

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

const { duvoRunId, refusal, responseKeys, result, startScenario, submit } = gateRuns(() => stack);

test('a gate that is answered in Duvo closes as answered-elsewhere without a name', async () => {
  const handle = await startScenario('elsewhere', APPROVAL);
  const gate = await waitForOpenGate(handle);
  stack.simulator.answerInDuvo(await duvoRunId(handle), gate.gateId, { approved: true });
  const [closed] = (await result(handle)).gates;
  expect(closed).toMatchObject({ outcome: 'answered-elsewhere' });
  expect(closed?.by).toBeUndefined();
});

test.each([
  ['running', { runStatus: 'running' }],
  ['waiting without a request', { runStatus: 'waiting' }],
])('a gate stays open when one read shows the run %s, and its request can be answered', async (what, effect) => {
  const handle = await startScenario(`lags, ${what}`, APPROVAL);
  const gate = await waitForOpenGate(handle);
  const runId = await duvoRunId(handle);
  const lagging = stack.simulator.addFault({ operation: 'get', runId, effect });
  await eventually(() => lagging.hits === 1);
  const readsSince = stack.simulator.getRun(runId).polls;
  await eventually(() => stack.simulator.getRun(runId).polls > readsSince + 1);
  const answer = { gateId: gate.gateId, approved: true, by: 'alice' };
  expect(await submit(handle, answer)).toMatchObject({ outcome: 'approved' });
  expect((await result(handle)).gates).toMatchObject([{ gateId: gate.gateId, outcome: 'approved', by: 'alice' }]);
});

test('a gate that one read does not show is not timed out by the policy `fail` before a second read', async () => {
  const gateOptions = { due: '1s', onTimeout: 'fail' };
  const watch = { every: [{ every: 200 }], atGate: '1h' };
  const handle = await startScenario('fails late', APPROVAL, { watch, gate: gateOptions });
  const gate = await waitForOpenGate(handle);
  stack.simulator.answerInDuvo(await duvoRunId(handle), gate.gateId, { approved: true });
  const { status, gates } = await result(handle);
  expect(status).toBe('completed');
  expect(gates).toMatchObject([{ outcome: 'answered-elsewhere' }]);
});

test('an answer that arrives after an answer in Duvo is refused as closed, and the gate has no name', async () => {
  const handle = await startScenario('overtaken', APPROVAL, { watch: { every: [{ every: 200 }], atGate: '60s' } });
  const gate = await waitForOpenGate(handle);
  await waitForIdlePoll(handle);
  stack.simulator.answerInDuvo(await duvoRunId(handle), gate.gateId, { approved: false });
  expect((await refusal(handle, { gateId: gate.gateId, approved: true, by: 'alice' })).type).toBe('Duvo.GateClosed');
  expect((await result(handle)).gates).toMatchObject([{ outcome: 'answered-elsewhere' }]);
});

test('an answer that was not sent when a poll shows the gate as answered is listed as unused', async () => {
  const handle = await startScenario('not-left', APPROVAL, { watch: { every: [{ every: 200 }], atGate: '60s' } });
  const gate = await waitForOpenGate(handle);
  const runId = await duvoRunId(handle);
  await waitForIdlePoll(handle);
  // The cancellation polls the run. While that poll is held, the gate is answered both in Duvo and through the
  // workflow.
  const held = stack.simulator.addFault({ operation: 'get', runId, effect: { hold: 'before' } });
  await handle.cancel();
  await eventually(() => held.hits > 0);
  await handle.signal('answerGate', { gateId: gate.gateId, approved: true, by: 'alice' });
  stack.simulator.answerInDuvo(runId, gate.gateId, { approved: false });
  held.release();
  await failureOf(handle.result());
  const [closed] = await handle.query<Gate[]>('gates');
  expect(closed).toMatchObject({ status: 'closed', outcome: 'answered-elsewhere' });
  expect(closed?.by).toBeUndefined();
  const { unusedAnswers } = await handle.query<RunState>('runState');
  expect(unusedAnswers).toMatchObject([{ gateId: gate.gateId, by: 'alice' }]);
  expect(responseKeys({ runId })).toEqual([]);
});

test('an answer whose response was lost counts as delivered', async () => {
  const handle = await startScenario('lost', APPROVAL);
  const gate = await waitForOpenGate(handle);
  stack.simulator.addFault({ operation: 'respond', runId: await duvoRunId(handle), effect: { dropResponse: true } });
  expect(await submit(handle, { gateId: gate.gateId, approved: true, by: 'alice' })).toMatchObject({
    outcome: 'approved',
  });
  expect((await result(handle)).gates).toMatchObject([{ outcome: 'approved', by: 'alice' }]);
});

test('an answer that Duvo refuses finally leaves the gate open for another answer', async () => {
  const handle = await startScenario('refused', APPROVAL);
  const gate = await waitForOpenGate(handle);
  stack.simulator.addFault({
    operation: 'respond',
    runId: await duvoRunId(handle),
    effect: { status: 422, body: { code: 'invalid' } },
  });
  expect((await refusal(handle, { gateId: gate.gateId, approved: true, by: 'alice' })).type).toBe('Duvo.AnswerInvalid');
  expect(await submit(handle, { gateId: gate.gateId, approved: false, by: 'bob' })).toMatchObject({
    outcome: 'denied',
  });
  expect(await result(handle)).toMatchObject({
    gates: [{ outcome: 'denied', by: 'bob' }],
    unusedAnswers: [{ by: 'alice' }],
  });
});

test('the same answer is sent with another key once Duvo has refused it', async () => {
  const handle = await startScenario('refused-once', APPROVAL);
  const { gateId } = await waitForOpenGate(handle);
  const runId = await duvoRunId(handle);
  stack.simulator.addFault({ operation: 'respond', runId, effect: { status: 422, body: { code: 'invalid' } } });
  const answer = { gateId, approved: true, by: 'alice' };
  expect((await refusal(handle, answer)).type).toBe('Duvo.AnswerInvalid');
  expect(await submit(handle, answer)).toMatchObject({ outcome: 'approved' });
  expect(responseKeys({ runId })).toHaveLength(2);
  await result(handle);
});

test('a gate is withdrawn when its run ends', async () => {
  const handle = await startScenario('withdrawn', APPROVAL);
  await waitForOpenGate(handle);
  stack.simulator.addFault({ operation: 'get', runId: await duvoRunId(handle), effect: { runStatus: 'failed' } });
  const failure = await failureOf(handle.result());
  expect(failure.type).toBe('Duvo.RunFailed');
  expect((failure.details?.[0] as { gates: Gate[] }).gates).toMatchObject([{ outcome: 'withdrawn' }]);
});

test.each([
  ['deny', 'timed-out', { approved: false }],
  ['approve', 'timed-out', { approved: true }],
] as const)('a gate with the policy %s closes as timed-out without a name', async (onTimeout, outcome, sent) => {
  const handle = await startScenario(`due-${onTimeout}`, APPROVAL, {
    watch: QUICK_WATCH,
    gate: { due: 300, onTimeout },
  });
  const { gates, runId } = await result(handle);
  expect(gates).toMatchObject([{ outcome, due: expect.any(String) as string }]);
  expect(gates[0]?.by).toBeUndefined();
  expect(stack.simulator.getRun(runId).humanRequests[0]?.answer).toEqual(sent);
});

test('a gate with the policy fail stops the run, and the failure has the gate', async () => {
  const handle = await startScenario('due-fail', APPROVAL, { gate: { due: 300, onTimeout: 'fail' } });
  const failure = await failureOf(handle.result());
  expect(failure.type).toBe('Duvo.GateTimedOut');
  const details = failure.details?.[0] as { runId: string; gates: Gate[] };
  expect(details).toMatchObject({ gates: [{ outcome: 'timed-out' }], lastMessage: 'paid' });
  expect(stack.simulator.getRun(details.runId).status).toBe('canceled');
});

test('an answer during the delivery of the policy’s answer is refused because its time is over', async () => {
  const effect = { hold: 'before' as const };
  const held = stack.simulator.addFault({ operation: 'respond', agentId: 'due-late', effect, times: Infinity });
  const handle = await startScenario('due-late', APPROVAL, { gate: { due: 300, onTimeout: 'deny' } });
  await eventually(() => held.hits > 0);
  // The gate is closed when its answer has been delivered.
  const { gateId } = await waitForOpenGate(handle);
  const refused = await refusal(handle, { gateId, approved: true, by: 'late' });
  held.release();
  expect(refused).toMatchObject({ type: 'Duvo.GateClosed', message: expect.stringContaining('time') as string });
  expect((await result(handle)).gates).toMatchObject([{ outcome: 'timed-out' }]);
});

test('a delivery that gets a 409 while the request is open is retried and arrives', async () => {
  const handle = await startScenario('conflict', APPROVAL);
  const { gateId } = await waitForOpenGate(handle);
  const runId = await duvoRunId(handle);
  stack.simulator.addFault({ operation: 'respond', runId, effect: { status: 409, body: { code: 'conflict' } } });
  expect(await submit(handle, { gateId, approved: true, by: 'alice' })).toMatchObject({ outcome: 'approved' });
  expect(await result(handle)).toMatchObject({ status: 'completed', gates: [{ outcome: 'approved', by: 'alice' }] });
  expect(responseKeys({ runId })).toHaveLength(1);
});

test('a gate is withdrawn without a name when its run was stopped in Duvo before the answer arrived', async () => {
  const handle = await startScenario(
    'stopped-first',
    { ...APPROVAL, stopWhileWaiting: 'stop' },
    { watch: { every: [{ every: 200 }], atGate: '1h' } },
  );
  const { gateId } = await waitForOpenGate(handle);
  await waitForIdlePoll(handle);
  const runId = await duvoRunId(handle);
  const stopped = await fetch(`${stack.simulator.url}/v1/runs/${runId}/stop`, {
    method: 'POST',
    headers: { authorization: `Bearer ${stack.simulator.apiKey}`, 'idempotency-key': 'somebody-in-duvo' },
  });
  expect(((await stopped.json()) as { success: boolean }).success).toBe(true);
  expect(await refusal(handle, { gateId, approved: true, by: 'alice' })).toMatchObject({ type: 'Duvo.GateClosed' });
  const failure = await failureOf(handle.result());
  expect(failure).toMatchObject({ type: 'Duvo.RunCanceled' });
  const [details] = failure.details as [{ gates: Gate[] }];
  expect(details.gates).toMatchObject([{ outcome: 'withdrawn' }]);
  expect(details.gates[0]).not.toHaveProperty('by');
});
