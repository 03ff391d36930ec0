import type { AgentRunResult } from '../../../contract/runs';
import { DuvoTestEnvironment } from '../../../testing';
import { failureOf } from '../../support/failures';
import { eventually, waitForOpenGate, workflowBundle } from '../../support/stack';

let env: DuvoTestEnvironment;
beforeAll(async () => {
  env = await DuvoTestEnvironment.create({ timeSkipping: true });
}, 300_000);
afterAll(() => env?.stop());

test('a denial by the stop whose response stays missing is not taken for somebody else’s answer', async () => {
  const { simulator, client } = env;
  const agentId = 'denied by the stop';
  simulator.script(agentId, {
    steps: [{ ask: { type: 'approval', title: 'Pay?' } }, { end: 'completed' }],
    lastMessage: 'not paid',
  });
  const heldStop = simulator.addFault({ operation: 'stop', agentId, effect: { hold: 'before' } });
  const stops = () =>
    simulator.ledger.filter((entry) => entry.operation === 'stop' && entry.agentId === agentId).length;
  const failure = await env.withWorker({ workflowBundle: workflowBundle() }, async () => {
    const handle = await client.workflow.start('agentRun', {
      taskQueue: 'duvo',
      workflowId: agentId,
      args: [{ agentId, gate: { due: '1h', onTimeout: 'fail' }, watch: { atGate: '10h' } }],
    });
    await waitForOpenGate(handle);
    const ended = failureOf(handle.result());
    await eventually(() => stops() === 1);
    // The poll after the first stop shows the request. From then on, neither the denial nor a read has a response.
    simulator.addFault({ operation: 'respond', agentId, times: Infinity, effect: { dropResponse: true } });
    const unreadable = { operation: 'get' as const, agentId, skip: 1, times: Infinity, effect: { status: 503 } };
    const fault = simulator.addFault(unreadable);
    heldStop.release();
    await eventually(() => stops() > 1);
    fault.remove();
    return ended;
  });
  expect(failure).toMatchObject({
    type: 'Duvo.GateTimedOut',
    details: [{ gates: [{ outcome: 'timed-out', delivery: 'unconfirmed' }] }],
  });
}, 60_000);

test('an answer to an unknown gate is refused after a minute while the delivery of another answer fails', async () => {
  const { simulator, client } = env;
  const agentId = 'delivery fails';
  simulator.script(agentId, { steps: [{ ask: { type: 'approval', title: 'Pay?' } }, { end: 'completed' }] });
  const fault = { operation: 'respond' as const, agentId, times: Infinity, effect: { status: 503 } };
  const failing = simulator.addFault(fault);
  await env.withWorker({ workflowBundle: workflowBundle() }, async () => {
    const handle = await client.workflow.start('agentRun', {
      taskQueue: 'duvo',
      workflowId: agentId,
      args: [{ agentId, watch: { atGate: '10h' } }],
    });
    const { gateId } = await waitForOpenGate(handle);
    const ended = handle.result();
    await handle.signal('answerGate', { gateId, approved: true, by: 'alice' });
    await eventually(() => failing.hits > 0);
    const answer = { gateId: 'no such gate', approved: true, by: 'bob' };
    const refused = await failureOf(handle.executeUpdate('submitAnswer', { args: [answer] }));
    expect(refused).toMatchObject({ type: 'Duvo.GateUnknown' });
    failing.remove();
    expect(await ended).toMatchObject({ gates: [{ gateId, outcome: 'approved', by: 'alice' }] });
  });
}, 60_000);

test('the last message is read for ten minutes in all, however many pages there are', async () => {
  const { simulator } = env;
  const agentId = 'two pages';
  simulator.script(agentId, { steps: [{ end: 'completed' }], lastMessage: 'done' });
  const failSixMinutes = { operation: 'messages' as const, agentId, times: 11, effect: { status: 503 } };
  const replaceBody = JSON.stringify({ messages: [], total: 60, limit: 50, offset: 0 });
  simulator.addFault(failSixMinutes);
  simulator.addFault({ operation: 'messages', agentId, effect: { replaceBody } });
  simulator.addFault(failSixMinutes);
  const result = await env.execute<AgentRunResult>('agentRun', {
    workflowBundle: workflowBundle(),
    args: [{ agentId }],
  });
  expect(result).toMatchObject({ status: 'completed', output: '' });
  expect(['Duvo.ServerError', 'Duvo.Timeout']).toContain(result.outputError);
}, 60_000);

test('a request that stays open ten minutes after Duvo accepted its answer has another gate', async () => {
  const { simulator, client } = env;
  const agentId = 'accepted and lost';
  simulator.script(agentId, { steps: [{ ask: { type: 'approval', title: 'Pay?' } }, { end: 'completed' }] });
  const body = { human_request: { id: 'r', type: 'approval', status: 'responded', title: 'Pay?' } };
  simulator.addFault({ operation: 'respond', agentId, effect: { status: 200, body } });
  await env.withWorker({ workflowBundle: workflowBundle() }, async () => {
    const handle = await client.workflow.start('agentRun', {
      taskQueue: 'duvo',
      workflowId: agentId,
      args: [{ agentId, watch: { atGate: '10s' } }],
    });
    const { gateId } = await waitForOpenGate(handle);
    const ended = handle.result();
    await handle.executeUpdate('submitAnswer', { args: [{ gateId, approved: true, by: 'alice' }] });
    await handle.signal('answerGate', { gateId: `${gateId}~2`, approved: false, by: 'bob' });
    expect(await ended).toMatchObject({
      gates: [
        { gateId, outcome: 'approved', by: 'alice' },
        { gateId: `${gateId}~2`, outcome: 'denied', by: 'bob' },
      ],
    });
  });
}, 60_000);
