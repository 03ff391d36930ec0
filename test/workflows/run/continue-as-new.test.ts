import { DuvoWorkflows } from '../../../client';
import type { AgentRunResult, RunState } from '../../../contract/runs';
import type { DevServer } from '../../../workers';
import { makeContinueAsNew, startServerWithShortHistories } from '../../support/runs/continue-as-new';
import { concurrentTests } from '../../support/jest/concurrent-tests';
import { RecordingChannel } from '../../support/notifications/recording-channel';
import { eventually, waitForOpenGate, QUICK_WATCH, type Stack, startStack } from '../../support/stack';

const test = concurrentTests();

const ops = new RecordingChannel();
const slow = new RecordingChannel();
let server: DevServer;
let stack: Stack;
beforeAll(async () => {
  server = await startServerWithShortHistories();
  stack = await startStack({ address: server.address, notifications: { channels: { ops, slow } } });
});
afterAll(async () => {
  await stack.stop();
  await server.stop();
});

test('continue-as-new carries an open gate, an early answer, the clocks and the search attributes', async () => {
  stack.simulator.script('agent', {
    steps: [
      { status: 'pending', polls: 1 },
      { ask: { type: 'approval', title: 'one' } },
      { ask: { type: 'approval', title: 'two' } },
      { end: 'completed' },
    ],
    lastMessage: 'done',
  });
  const handle = await stack.start({ agentId: 'agent' });
  const first = await waitForOpenGate(handle);
  await handle.signal('answerGate', { gateId: 'too early', approved: true, by: 'early bird' });
  await handle.executeUpdate('submitAnswer', { args: [{ gateId: first.gateId, approved: true, by: 'alice' }] });
  const second = await eventually(async () => {
    const gate = await waitForOpenGate(handle);
    return gate.gateId !== first.gateId && gate;
  });
  await makeContinueAsNew(handle);
  const description = await handle.describe();
  expect(description.searchAttributes).toMatchObject({ DuvoOpenGates: [1], DuvoAgentId: ['agent'] });
  expect(description.memo).toMatchObject({ duvoGates: [{ gateId: second.gateId }] });
  expect(await waitForOpenGate(handle)).toEqual(second);
  const before = await handle.query<RunState>('runState');
  expect(before).toMatchObject({ start: 'started', openGates: 1 });

  await handle.executeUpdate('submitAnswer', { args: [{ gateId: second.gateId, approved: false, by: 'bob' }] });
  const result = (await handle.result()) as AgentRunResult;
  expect(result).toMatchObject({
    runId: before.runId,
    output: 'done',
    start: 'started',
    gates: [
      { gateId: first.gateId, outcome: 'approved', by: 'alice' },
      { gateId: second.gateId, outcome: 'denied', by: 'bob' },
    ],
    unusedAnswers: [{ gateId: 'too early', by: 'early bird' }],
  });
  expect(result.clocks.humanMs).toBeGreaterThanOrEqual(before.clocks.humanMs);
  const ledger = stack.simulator.ledger.filter(({ committed, agentId }) => committed && agentId === 'agent');
  expect(ledger.map(({ operation }) => operation)).toEqual(['start', 'respond', 'respond']);
});

test('continue-as-new carries the messages about an open gate; one that was under way is sent again with its id', async () => {
  stack.simulator.script('notified', { steps: [{ ask: { type: 'approval', title: 'Pay?' } }, { end: 'completed' }] });
  const underWay: string[] = [];
  slow.beforeSend = ({ id }) => {
    underWay.push(id);
    return new Promise<void>(() => undefined);
  };
  const handle = await stack.start({ agentId: 'notified', gate: { notify: ['ops', 'slow'] } });
  const { gateId } = await waitForOpenGate(handle);
  const { workflowId } = handle;
  await ops.waitForMessage(workflowId);
  await eventually(() => underWay.length > 0);
  slow.beforeSend = () => undefined;
  await makeContinueAsNew(handle);
  expect((await slow.waitForMessage(workflowId)).id).toBe(underWay[0]);
  await eventually(async () => (await waitForOpenGate(handle)).notifications?.length === 2);
  await handle.executeUpdate('submitAnswer', { args: [{ gateId, approved: true, by: 'alice' }] });
  for (const channel of [ops, slow]) {
    const { sent, closed } = await channel.waitForUpdate(workflowId);
    expect(channel.messagesOf(workflowId)).toMatchObject([{ id: sent.id }]);
    expect(sent.data).toBeDefined();
    expect(closed).toMatchObject({ outcome: 'approved', by: 'alice' });
  }
});

test('continue-as-new carries a hint, so that the run is polled at once although Duvo could not be read before', async () => {
  const agentId = 'hinted';
  stack.simulator.script(agentId, { steps: [{ status: 'running' }] });
  const ofRun = { operation: 'get' as const, agentId, times: Infinity };
  const failing = stack.simulator.addFault({ ...ofRun, effect: { status: 503 } });
  const handle = await stack.start({ agentId, watch: { every: [{ every: '1h' }] } });
  await eventually(() => failing.hits > 0);
  await handle.signal('hint', { source: 'test' });
  const fault = async () => (await handle.query<RunState>('runState')).fault;
  await eventually(fault);
  failing.remove();
  const held = stack.simulator.addFault({ ...ofRun, effect: { hold: 'before' } });
  const { runId } = await handle.describe();
  do {
    await handle.signal('hint', { source: 'test' });
    // Each hint is handled before the next one is sent, so that none of them reaches the second execution.
    await eventually(async () => !(await handle.describe()).raw.pendingWorkflowTask);
  } while ((await handle.describe()).runId === runId);
  held.remove();
  await eventually(async () => !(await fault()));
  await handle.terminate();
});

test('a run that received megabytes of answers to unknown gates continues as new, and counts what it cannot keep', async () => {
  stack.simulator.script('flooded', { steps: [{ ask: { type: 'approval', title: 'Pay?' } }, { end: 'completed' }] });
  const handle = await stack.start({ agentId: 'flooded' });
  const { gateId } = await waitForOpenGate(handle);
  const firstRun = (await handle.describe()).runId;
  const flood = Array.from({ length: 450 }, (_one, n) =>
    handle.signal('answerGate', { gateId: `no-${n}`, approved: true, by: 'flood', comment: '請'.repeat(10_000) }),
  );
  await Promise.all(flood);
  await eventually(async () => (await handle.describe()).runId !== firstRun);
  await handle.executeUpdate('submitAnswer', { args: [{ gateId, approved: true, by: 'alice' }] });
  const { gates, unusedAnswers = [], omittedAnswers = 0 } = (await handle.result()) as AgentRunResult;
  expect(gates).toMatchObject([{ outcome: 'approved', by: 'alice' }]);
  expect(unusedAnswers.length + omittedAnswers).toBe(450);
});

test('the largest input and a full memory fit into continue-as-new together', async () => {
  const wide = (bytes: number) => '請'.repeat(bytes / 3);
  const ask = { type: 'question', title: 'Which?', description: wide(99_000), questions: [{ question: wide(99_000) }] };
  const steps = [{ ask }, { end: 'completed' as const }];
  stack.simulator.script('largest', { steps, owner: { note: wide(195_000) }, lastMessage: '{}' });
  const handle = await stack.start({
    agentId: 'largest',
    message: wide(999_000),
    extraFields: { note: wide(30_000) },
    resume: { times: 1, message: wide(99_000) },
    output: { schema: { description: wide(48_000) } },
  });
  const { gateId, questions = [] } = await waitForOpenGate(handle);
  const firstRun = (await handle.describe()).runId;
  const flood = Array.from({ length: 450 }, (_one, n) =>
    handle.signal('answerGate', { gateId: `no-${n}`, approved: true, by: wide(1_500), comment: wide(3_000) }),
  );
  await Promise.all(flood);
  await eventually(async () => (await handle.describe()).runId !== firstRun);
  const answers = Object.fromEntries(questions.map(({ question }) => [question, 'this']));
  await handle.executeUpdate('submitAnswer', { args: [{ gateId, answers, by: 'alice' }] });
  expect(await handle.result()).toMatchObject({ status: 'completed', gates: [{ outcome: 'answered' }] });
});

test('continue-as-new carries the gate and the key of an ambiguous start', async () => {
  stack.simulator.script('lost', { steps: [{ end: 'completed' }] });
  stack.simulator.addFault({ operation: 'list', agentId: 'lost', effect: { status: 404 } });
  stack.simulator.addFault({ operation: 'start', agentId: 'lost', effect: { dropResponse: true } });
  const handle = await stack.start({ agentId: 'lost' });
  const gate = await waitForOpenGate(handle);
  await makeContinueAsNew(handle);
  expect(await waitForOpenGate(handle)).toEqual(gate);
  const answers = { 'Which run was started?': 'start again' };
  await handle.executeUpdate('submitAnswer', { args: [{ gateId: gate.gateId, answers, by: 'alice' }] });
  expect(await handle.result()).toMatchObject({ start: 'ambiguous', gates: [{ outcome: 'answered', by: 'alice' }] });
  const starts = stack.simulator.ledger.filter((entry) => entry.operation === 'start' && entry.agentId === 'lost');
  expect(new Set(starts.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
  expect(starts).toHaveLength(2);
});

test('a client’s run stays the one that it started, after continue-as-new and another start of the key', async () => {
  const runs = new DuvoWorkflows(stack.client, { taskQueue: stack.taskQueue, apiTaskQueue: stack.apiTaskQueue }).runs;
  stack.simulator.script('followed', { steps: [{ ask: { type: 'approval', title: 'Pay?' } }, { status: 'running' }] });
  const input = { key: 'followed', agentId: 'followed', watch: QUICK_WATCH };
  const run = await runs.start(input);
  const [gate] = await eventually(async () => {
    const gates = await run.gates();
    return gates.length > 0 && gates;
  });
  const handle = stack.client.workflow.getHandle(run.workflowId);
  await makeContinueAsNew(handle);
  const { attached, ...found } = await runs.start(input);
  expect([attached, found.workflowId]).toEqual([true, run.workflowId]);
  expect(await run.state()).toMatchObject({ start: 'started', openGates: 1 });
  expect(await run.cancel()).toBe('confirmed');

  const again = await runs.start(input);
  await eventually(async () => (await again.gates()).length > 0);
  expect(again.attached).toBe(false);
  expect(await run.gates()).toMatchObject([{ gateId: gate?.gateId, outcome: 'withdrawn' }]);
  expect(await run.cancel()).toBe('confirmed');
  await expect(run.result()).rejects.toMatchObject({ type: 'Duvo.RunCanceled' });
  expect(await again.state()).toMatchObject({ openGates: 1 });
  await again.cancel();
});
