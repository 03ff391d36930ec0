import { DuvoWorkflows, type StartInput } from '../../client';
import type { Scenario } from '../../testing';
import { collect } from '../support/collect';
import { rejectionOf } from '../support/rejection';
import { ASKS, firstGate, scriptedInput } from '../support/runs/scripted-runs';
import { eventually, QUICK_WATCH, type Stack, startStack } from '../support/stack';

let stack: Stack;
let duvo: DuvoWorkflows;
beforeAll(async () => {
  stack = await startStack();
  duvo = new DuvoWorkflows(stack.client, stack);
});
afterAll(() => stack?.stop());

const input = (scenario: Scenario, key?: string) => scriptedInput(stack, scenario, key);
const gateOf = ({ agentId }: StartInput) => firstGate(duvo, agentId);

test('attaching twice to a run that was started in Duvo watches it by one workflow', async () => {
  stack.simulator.script('theirs', {
    steps: [{ status: 'running', polls: 2 }, { end: 'completed' }],
    lastMessage: 'theirs',
  });
  const runId = stack.simulator.startInDuvo('theirs');
  const [one, two] = [
    await duvo.runs.attach(runId, { watch: QUICK_WATCH }),
    await duvo.runs.attach(runId, { watch: QUICK_WATCH }),
  ];
  expect(two.workflowId).toBe(one.workflowId);
  expect(await one.result()).toMatchObject({ runId, start: 'attached', output: 'theirs' });
  const { searchAttributes } = await stack.client.workflow.getHandle(one.workflowId).describe();
  expect(searchAttributes).toMatchObject({ DuvoRunId: [runId], DuvoAgentId: ['theirs'] });
});

test('a run is listed with its ids, and its gate is listed and read in full', async () => {
  const mine = input({
    steps: [{ ask: { type: 'approval', title: 'Pay?', description: 'odd' } }, { end: 'completed' }],
  });
  const run = await duvo.runs.start(mine);
  const gate = await gateOf(mine);
  expect(gate).toMatchObject({ type: 'approval', title: 'Pay?', source: 'duvo' });
  const full = await duvo.gates.get(gate.ref);
  expect(full).toMatchObject({ description: 'odd', status: 'open' });
  const listed = await collect(duvo.runs.list({ status: 'RUNNING', agentId: mine.agentId }));
  const { runId } = await run.state();
  expect(listed).toMatchObject([
    { workflowId: run.workflowId, runId, agentId: mine.agentId, key: mine.key, openGates: 1, status: 'RUNNING' },
  ]);
  await run.answer(gate.gateId, { approved: true, by: 'alice' });
  await run.result();
  await eventually(async () => (await collect(duvo.gates.list({ agentId: mine.agentId }))).length === 0);
  const listAgain = (options: { status?: 'COMPLETED' | 'RUNNING'; since?: Date }) =>
    collect(duvo.runs.list({ agentId: mine.agentId, ...options }));
  await eventually(async () => (await listAgain({ status: 'COMPLETED' })).length === 1);
  expect(await listAgain({ status: 'RUNNING' })).toEqual([]);
  expect(await listAgain({ since: new Date(Date.now() + 600_000) })).toEqual([]);
});

test('an answer that is invalid, late or the second, or that has no gate, is refused with the reason', async () => {
  const mine = input(ASKS);
  const run = await duvo.runs.start(mine);
  const gate = await gateOf(mine);
  expect(await rejectionOf(duvo.gates.answer(gate, { answers: { x: 'y' }, by: 'a' }))).toMatchObject({
    name: 'GateError',
    type: 'Duvo.AnswerInvalid',
  });
  await duvo.gates.answer(gate, { approved: true, by: 'alice' });
  await run.result();
  expect(await rejectionOf(duvo.gates.answer(gate, { approved: true, by: 'bob' }))).toMatchObject({
    type: 'Duvo.GateClosed',
    message: expect.stringContaining('was approved by alice at') as string,
  });
  expect(await rejectionOf(duvo.gates.answer('nobody#gate', { approved: true, by: 'bob' }))).toMatchObject({
    type: 'Duvo.GateUnknown',
  });
  for (const ref of ['no gate', '#g', 'nobody#', 'nobody#%'])
    expect(await rejectionOf(duvo.gates.answer(ref, { approved: true, by: 'bob' }))).toMatchObject({ field: 'gate' });
});

test('the error of a failed run has the type, the run and the gates', async () => {
  const run = await duvo.runs.start(input({ steps: [{ end: 'failed' }] }));
  expect(await rejectionOf(run.result())).toMatchObject({
    name: 'DuvoRunError',
    type: 'Duvo.RunFailed',
    runId: expect.any(String) as string,
    gates: [],
  });
});

test('a cancel finds a run that completed already finished, and does not find a run that never existed', async () => {
  const run = await duvo.runs.start(input({ steps: [{ end: 'completed' }] }));
  await run.result();
  expect(await run.cancel()).toBe('already-finished');
  expect((await rejectionOf(duvo.runs.get('nobody').cancel())).name).toBe('RunNotFoundError');
  expect((await rejectionOf(duvo.runs.get('nobody').result())).name).toBe('RunNotFoundError');
});

test('a wait that times out leaves the run as it is', async () => {
  const mine = input(ASKS);
  const run = await duvo.runs.start(mine);
  expect((await rejectionOf(run.result({ timeoutMs: 50 }))).name).toBe('WaitTimeoutError');
  await duvo.gates.answer(await gateOf(mine), { approved: true, by: 'alice' });
  await run.result();
});

test('a wait and an answer with a limit of months end with the run, not at once', async () => {
  const timeoutMs = 90 * 86_400_000;
  const mine = input(ASKS);
  const run = await duvo.runs.start(mine);
  const waiting = Promise.allSettled([run.result({ timeoutMs })]);
  await run.answer((await gateOf(mine)).gateId, { approved: true, by: 'alice' }, { timeoutMs });
  expect(await waiting).toMatchObject([{ status: 'fulfilled', value: { output: 'paid' } }]);
});

test('a message that is too large is refused before it is sent, with its size', async () => {
  const large = duvo.runs.start({ agentId: 'large', message: '請'.repeat(400_000) });
  await expect(large).rejects.toThrow(/^message has 1200000 bytes; the limit is 1000000/);
});

test('a description of a run has its agent, start and status, and then its result or its failure', async () => {
  const paid = input(ASKS);
  const run = await duvo.runs.start(paid);
  const gate = await gateOf(paid);
  const { agentId } = paid;
  expect(await run.describe()).toMatchObject({ workflowId: run.workflowId, status: 'RUNNING', agentId, openGates: 1 });
  await duvo.gates.answer(gate, { approved: true, by: 'alice' });
  await run.result();
  expect(await run.describe()).toMatchObject({ status: 'COMPLETED', openGates: 0, result: { output: 'paid' } });

  const failing = await duvo.runs.start(input({ steps: [{ end: 'failed' }], lastMessage: 'the ledger is closed' }));
  await rejectionOf(failing.result());
  const { status, error, startedAt, endedAt } = await failing.describe();
  expect(status).toBe('FAILED');
  expect(error).toMatchObject({ type: 'Duvo.RunFailed', lastMessage: 'the ledger is closed' });
  expect(Date.parse(endedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(startedAt));
});
