import type { WorkflowHandle } from '@temporalio/client';
import { DuvoWorkflows } from '../../../client';
import type { Gate } from '../../../contract/gates/gates';
import type { RunFailureDetails, RunState } from '../../../contract/runs';
import type { FaultEffect } from '../../../testing';
import { concurrentTests } from '../../support/jest/concurrent-tests';
import { failureOf } from '../../support/failures';
import { APPROVAL, gateRuns } from '../../support/gate-runs';
import { readRunBody } from '../../support/simulator-requests';
import { eventually, waitForIdlePoll, waitForOpenGate, type Stack, startStack } from '../../support/stack';

const test = concurrentTests();

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

const { duvoRunId, refusal, result, startScenario, submit } = gateRuns(() => stack);

/** Without this header, the delay before the next attempt doubles with each attempt. */
const headers = { 'retry-after': '1' };
/** A proxy's page, which says nothing about the run. */
const HTML = { status: 404, headers, body: '<html><body>Not found</body></html>' };
const WATCH = { every: [{ every: 200 }], atGate: '1h', faultTimeout: '1s' };
const APPROVE_IN_TIME = { due: '3s', onTimeout: 'approve' as const };

/** Returns the failure of a run that must not have been stopped. */
async function failureWithoutStop(handle: WorkflowHandle) {
  const failure = await failureOf(handle.result());
  const [details] = failure.details as [RunFailureDetails];
  expect(details).not.toHaveProperty('stopOutcome');
  expect(stack.simulator.getRun(details.runId ?? '').stopRequests).toBe(0);
  return { type: failure.type, gates: details.gates, runId: details.runId ?? '' };
}
/** Waits until the workflow has requested the cancellation of its delivery. */
const waitForCancelRequest = (handle: WorkflowHandle) =>
  eventually(async () => {
    const { events } = await handle.fetchHistory();
    const delivery = events?.find(
      ({ activityTaskScheduledEventAttributes: scheduled }) =>
        scheduled?.activityType?.name === 'respondToHumanRequest',
    );
    return events?.some(
      ({ activityTaskCancelRequestedEventAttributes: requested }) =>
        requested && String(requested.scheduledEventId) === String(delivery?.eventId),
    );
  });
const unusedAnswers = async (handle: WorkflowHandle) => (await handle.query<RunState>('runState')).unusedAnswers;

describe('when Duvo cannot be read during the delivery of an answer, the run is not stopped', () => {
  test('and an answer that arrived is neither unused nor lost: the receipt says that it is unconfirmed', async () => {
    const handle = await startScenario('arrived', APPROVAL, { watch: WATCH });
    const { gateId } = await waitForOpenGate(handle);
    const runId = await duvoRunId(handle);
    stack.simulator.addFault({ operation: 'respond', runId, effect: { dropResponse: true } });
    stack.simulator.addFault({ operation: 'get', runId, times: Infinity, effect: HTML });
    const refused = refusal(handle, { gateId, approved: true, by: 'alice', comment: 'checked' });
    const { type, gates } = await failureWithoutStop(handle);
    expect(type).toBe('Duvo.RunUnreadable');
    expect(gates).toMatchObject([
      { outcome: 'withdrawn', delivery: 'unconfirmed', by: 'alice', comment: 'checked', via: 'update' },
    ]);
    expect(await unusedAnswers(handle)).toEqual([]);
    expect(await refused).toMatchObject({
      type: 'Duvo.RunUnreadable',
      message: expect.stringContaining('not known whether Duvo has the answer') as string,
    });
  });

  test('by the policy approve, and the same key attaches to the run', async () => {
    const agentId = 'policy';
    stack.simulator.script(agentId, APPROVAL);
    const { runs } = new DuvoWorkflows(stack.client, stack);
    const start = () => runs.start({ key: 'policy-key', agentId, watch: WATCH, gate: APPROVE_IN_TIME });
    const handle = stack.client.workflow.getHandle((await start()).workflowId);
    await waitForOpenGate(handle);
    const runId = await duvoRunId(handle);
    stack.simulator.addFault({ operation: 'respond', runId, effect: { reset: true } });
    const unreadable = stack.simulator.addFault({ operation: 'get', runId, times: Infinity, effect: HTML });
    const { type, gates } = await failureWithoutStop(handle);
    expect(type).toBe('Duvo.RunUnreadable');
    expect(gates).toMatchObject([{ outcome: 'withdrawn', delivery: 'unconfirmed' }]);
    expect(gates[0]).not.toHaveProperty('by');
    unreadable.remove();
    expect(await (await start()).result()).toMatchObject({ runId, status: 'completed', start: 'attached' });
  });
});

test.each([
  ['a credential that Duvo refuses', 'Duvo.Forbidden', undefined, { status: 403, headers }],
  // A proxy's page does not say whether Duvo has the answer.
  [
    'a page of a proxy with the status 400',
    'Duvo.InvalidRequest',
    'unconfirmed',
    { status: 400, headers, body: '<html>' },
  ],
])(
  '%s for the answer of a policy fails the workflow, and the run is not stopped',
  async (agentId, expected, delivery, effect) => {
    stack.simulator.addFault({ operation: 'respond', agentId, times: Infinity, effect });
    const handle = await startScenario(agentId, APPROVAL, { watch: WATCH, gate: APPROVE_IN_TIME });
    const { type, gates } = await failureWithoutStop(handle);
    expect(type).toBe(expected);
    expect(gates).toMatchObject([{ outcome: 'withdrawn' }]);
    expect(gates[0]?.delivery).toBe(delivery);
  },
);

test.each([
  ['401', { status: 401 }],
  ['403', { status: 403 }],
  ['a page of a proxy', { status: 200, body: '<html>' }],
])('an answer is delivered after %s, which came once', async (what, effect) => {
  const handle = await startScenario(`once ${what}`, APPROVAL, { watch: WATCH });
  const { gateId } = await waitForOpenGate(handle);
  stack.simulator.addFault({ operation: 'respond', runId: await duvoRunId(handle), effect });
  expect(await submit(handle, { gateId, approved: true, by: 'alice' })).toMatchObject({ outcome: 'approved' });
  expect((await result(handle)).gates).toMatchObject([{ outcome: 'approved', by: 'alice' }]);
});

test('a policy’s answer that Duvo itself refuses fails with Duvo.GateTimedOut, and the run is stopped', async () => {
  const effect = { status: 422, body: { code: 'invalid', message: 'no' } };
  stack.simulator.addFault({ operation: 'respond', agentId: 'refused', effect });
  const handle = await startScenario('refused', APPROVAL, { watch: WATCH, gate: APPROVE_IN_TIME });
  const failure = await failureOf(handle.result());
  expect(failure).toMatchObject({ type: 'Duvo.GateTimedOut', details: [{ gates: [{ outcome: 'timed-out' }] }] });
});

describe('when the deadline passes while an attempt of a delivery has no response', () => {
  /** Holds the delivery until the workflow has cancelled it at the deadline, and returns the failure of the workflow. */
  async function failureAtDeadline(agentId: string, effect: FaultEffect) {
    const steps = [{ ask: { type: 'approval' as const, title: 'Pay?' } }, { status: 'running' }];
    const scenario = { steps, stopWhileWaiting: 'stop' as const };
    const handle = await startScenario(agentId, scenario, { watch: WATCH, deadline: '5s' });
    const { gateId } = await waitForOpenGate(handle);
    await waitForIdlePoll(handle);
    // The read that follows the lost response says nothing about the answer.
    stack.simulator.addFault({ operation: 'get', agentId, effect: { status: 503 } });
    const held = stack.simulator.addFault({ operation: 'respond', agentId, effect: { hold: 'before', ...effect } });
    const refused = refusal(handle, { gateId, approved: true, by: 'alice' });
    await waitForCancelRequest(handle);
    held.release();
    const failure = await failureOf(handle.result());
    return { failure, refused: await refused, unused: await unusedAnswers(handle) };
  }

  test.each([
    ['an answer that arrived keeps its name', { dropResponse: true }, { outcome: 'approved' }],
    ['an answer that may have arrived is unconfirmed', { reset: true }, { outcome: 'withdrawn' }],
  ] as const)('%s, and the run is stopped', async (agentId, effect, gate) => {
    const { failure, refused, unused } = await failureAtDeadline(agentId, effect);
    expect(failure).toMatchObject({
      type: 'Duvo.RunDeadlineExceeded',
      details: [{ stopOutcome: 'confirmed', gates: [{ ...gate, by: 'alice', delivery: 'unconfirmed' }] }],
    });
    if (gate.outcome === 'withdrawn') expect(refused).toMatchObject({ type: 'Duvo.GateClosed' });
    expect(unused).toEqual([]);
  });
});

test('an answer that Duvo refuses while the workflow is cancelled is unused, and the workflow is cancelled', async () => {
  const agentId = 'refused and cancelled';
  const handle = await startScenario(agentId, APPROVAL, { watch: WATCH });
  const { gateId } = await waitForOpenGate(handle);
  const effect = { hold: 'before' as const, status: 422, body: { code: 'invalid', message: 'no' } };
  const held = stack.simulator.addFault({ operation: 'respond', agentId, effect });
  const refused = refusal(handle, { gateId, approved: true, by: 'alice' });
  await eventually(() => held.hits > 0);
  await handle.cancel();
  await waitForCancelRequest(handle);
  held.release();
  expect((await failureOf(handle.result())).name).toBe('CancelledFailure');
  expect(await refused).toMatchObject({ type: 'Duvo.AnswerInvalid' });
  expect(await unusedAnswers(handle)).toMatchObject([{ gateId, by: 'alice' }]);
});

test('a cancellation after an answer without a response does not list the answer as unused', async () => {
  const handle = await startScenario('cancelled', APPROVAL, { watch: WATCH });
  const { gateId } = await waitForOpenGate(handle);
  const runId = await duvoRunId(handle);
  stack.simulator.addFault({ operation: 'respond', runId, effect: { dropResponse: true } });
  const failing = stack.simulator.addFault({ operation: 'get', runId, times: Infinity, effect: { status: 503 } });
  await handle.signal('answerGate', { gateId, approved: true, by: 'alice' });
  await eventually(() => failing.hits > 0);
  await handle.cancel();
  failing.remove();
  await failureOf(handle.result());
  expect(await handle.query<Gate[]>('gates')).toMatchObject([{ by: 'alice', delivery: 'unconfirmed' }]);
  expect(await unusedAnswers(handle)).toEqual([]);
});

test('after a cancellation, a lost denial of the stop does not take the name from an answer that Duvo has', async () => {
  const handle = await startScenario('lags', APPROVAL, { watch: WATCH });
  const { gateId } = await waitForOpenGate(handle);
  const runId = await duvoRunId(handle);
  const ofRun = { runId, times: Infinity };
  const replaceBody = await readRunBody(stack.simulator, runId);
  const lost = stack.simulator.addFault({ operation: 'respond', ...ofRun, effect: { dropResponse: true } });
  const outdated = stack.simulator.addFault({ operation: 'get', ...ofRun, effect: { replaceBody } });
  const find = (operation: string) => () =>
    stack.simulator.ledger.find((one) => one.operation === operation && one.runId === runId);
  await handle.signal('answerGate', { gateId, approved: true, by: 'alice' });
  await eventually(find('respond'));
  const hitsBefore = outdated.hits;
  await eventually(() => outdated.hits > hitsBefore);
  const ignored = stack.simulator.addFault({
    operation: 'stop',
    runId,
    effect: { hold: 'before', status: 200, body: replaceBody },
  });
  await handle.cancel();
  await eventually(find('stop'));
  lost.remove();
  const denial = stack.simulator.addFault({
    operation: 'respond',
    ...ofRun,
    effect: { hold: 'before', dropResponse: true },
  });
  ignored.release();
  await eventually(() => denial.hits > 0);
  outdated.remove();
  denial.remove();
  await failureOf(handle.result());
  expect(await handle.query<Gate[]>('gates')).toMatchObject([{ by: 'alice', delivery: 'unconfirmed' }]);
  expect(await unusedAnswers(handle)).toEqual([]);
});

test('the message of a resume fails within the fault timeout of the run when the run cannot be read', async () => {
  const agentId = 'resumed';
  stack.simulator.addFault({ operation: 'post-message', agentId, effect: { reset: true } });
  stack.simulator.addFault({ operation: 'get', agentId, skip: 1, times: Infinity, effect: HTML });
  const scenario = { steps: [{ end: 'interrupted' as const }, { end: 'completed' as const }] };
  const handle = await startScenario(agentId, scenario, { watch: WATCH, resume: { times: 1 } });
  expect((await failureWithoutStop(handle)).type).toBe('Duvo.RunUnreadable');
});
