import { randomUUID } from 'node:crypto';
import { DuvoWorkflows, type StartInput } from '../../client';
import type { Scenario } from '../../testing';
import { eventually, QUICK_WATCH, type Stack, startStack } from '../support/stack';
import { collect } from '../support/collect';

let stack: Stack;
let duvo: DuvoWorkflows;
beforeAll(async () => {
  stack = await startStack();
  duvo = new DuvoWorkflows(stack.client, { taskQueue: stack.taskQueue, apiTaskQueue: stack.apiTaskQueue });
});
afterAll(() => stack.stop());

const ASKS: Scenario = { steps: [{ ask: { type: 'approval', title: 'Pay?' } }, { end: 'completed' }], says: 'paid' };

function input(scenario: Scenario, key: string = randomUUID()): StartInput & { key: string } {
  const agentId = `agent-of-${key}`;
  stack.simulator.script(agentId, scenario);
  return { key, agentId, message: 'a private message', watch: QUICK_WATCH };
}
const startsOf = ({ agentId }: StartInput) => stack.simulator.runs.filter((run) => run.agentId === agentId).length;
const gateOf = ({ agentId }: StartInput) => eventually(async () => (await collect(duvo.gates.list({ agentId })))[0]);
const thrown = async (promise: Promise<unknown>) => {
  try {
    await promise;
  } catch (error) {
    return error as Error & { type?: string };
  }
  throw new Error('it succeeded');
};

describe('a business key', () => {
  test('again while the run is open: attaches', async () => {
    const same = input(ASKS);
    const first = await duvo.runs.start(same);
    const second = await duvo.runs.start(same);
    expect([first.attached, second.attached]).toEqual([false, true]);
    expect(second.workflowId).toBe(first.workflowId);
    await duvo.gates.answer(await gateOf(same), { approved: true, by: 'alice' });
    expect(await second.result()).toMatchObject({ output: 'paid' });
    expect(startsOf(same)).toBe(1);
  });

  test.each(['', ' '])('that is blank (%j) is refused, since it would make one case of all', async (key) => {
    const blank = { ...input({ steps: [{ end: 'completed' }] }), key };
    expect(await thrown(duvo.runs.start(blank))).toMatchObject({
      name: 'InvalidInputError',
      message: expect.stringContaining('key') as string,
    });
    expect(startsOf(blank)).toBe(0);
  });

  test('again after the run completed: attaches to its result', async () => {
    const same = input({ steps: [{ end: 'completed' }], says: 'once' });
    await (await duvo.runs.start(same)).result();
    const again = await duvo.runs.start(same);
    expect(again.attached).toBe(true);
    expect(await again.result()).toMatchObject({ output: 'once' });
    expect(startsOf(same)).toBe(1);
  });

  test.each([
    ['failed', { steps: [{ end: 'failed' as const }] }],
    ['was stopped in Duvo', { steps: [{ end: 'canceled' as const }] }],
  ])('again after the run %s: starts anew', async (_what, scenario) => {
    const same = input(scenario);
    await thrown((await duvo.runs.start(same)).result());
    const again = await duvo.runs.start(same);
    expect(again.attached).toBe(false);
    await thrown(again.result());
    expect(startsOf(same)).toBe(2);
  });

  test('again after the run was cancelled: starts anew', async () => {
    const same = input({ steps: [{ ask: { type: 'approval', title: 'Pay?' } }, { status: 'running' }] });
    const first = await duvo.runs.start(same);
    await gateOf(same);
    expect(await first.cancel()).toBe('confirmed');
    const again = await duvo.runs.start(same);
    expect(again.attached).toBe(false);
    await again.cancel();
  });

  test('that was started anew leaves the first run what it was: not seen, answered or cancelled through it', async () => {
    const same = input({ steps: [{ ask: { type: 'approval', title: 'Pay?' } }, { end: 'completed' }], says: 'paid' });
    const first = await duvo.runs.start(same);
    const gate = await gateOf(same);
    expect(await first.cancel()).toBe('already-finished');
    const before = await first.state();
    const again = await duvo.runs.start(same);
    const attached = await duvo.runs.start(same);
    const open = await eventually(async () => (await again.gates())[0]);
    expect(open.gateId).not.toBe(gate.gateId);

    expect(await first.state()).toEqual(before);
    expect(await first.gates()).toMatchObject([{ gateId: gate.gateId, status: 'closed' }]);
    expect(await thrown(first.answer(open.gateId, { approved: true, by: 'alice' }))).toMatchObject({
      type: 'Duvo.GateClosed',
    });
    expect(await first.cancel()).toBe('already-finished');
    expect(await thrown(first.result())).toMatchObject({ name: 'DuvoRunError', type: 'Duvo.RunCanceled' });

    expect(await duvo.runs.get(first.workflowId).state()).toMatchObject({ runId: (await again.state()).runId });
    await attached.answer(open.gateId, { approved: true, by: 'alice' });
    expect(await again.result()).toMatchObject({ output: 'paid' });
    expect(await attached.result()).toMatchObject({ output: 'paid' });
  });

  test('with another input: refused, without saying the texts', async () => {
    const same = input(ASKS);
    const first = await duvo.runs.start(same);
    const error = await thrown(duvo.runs.start({ ...same, message: 'another private message' }));
    expect(error.name).toBe('KeyConflictError');
    expect(error.message).not.toContain('private');
    await first.cancel();
  });

  test('the order of the fields makes no difference', async () => {
    const same = input({ steps: [{ end: 'completed' }] });
    await (await duvo.runs.start(same)).result();
    const { watch, message, agentId, key } = same;
    expect((await duvo.runs.start({ watch, message, agentId, key, deadline: undefined })).attached).toBe(true);
  });

  test('many at once: one run', async () => {
    const same = input(ASKS);
    const all = await Promise.all(Array.from({ length: 10 }, () => duvo.runs.start(same)));
    expect(all.filter(({ attached }) => !attached)).toHaveLength(1);
    await gateOf(same);
    expect(startsOf(same)).toBe(1);
    await all[0]?.cancel();
  });

  test('many at once with different inputs: one of them, the others are refused', async () => {
    const same = input(ASKS);
    const all = await Promise.allSettled(
      [1, 2, 3, 4].map((n) => duvo.runs.start({ ...same, message: `message ${n}` })),
    );
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await duvo.runs.get(`duvo-run-${same.key}`).cancel();
  });
});

test('attach: a run that somebody else started; twice is once', async () => {
  stack.simulator.script('theirs', { steps: [{ status: 'running', looks: 2 }, { end: 'completed' }], says: 'theirs' });
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

test('a run is listed with its ids, a gate is found by one query and shown in full', async () => {
  const mine = input({
    steps: [{ ask: { type: 'approval', title: 'Pay?', description: 'odd' } }, { end: 'completed' }],
  });
  const run = await duvo.runs.start(mine);
  const gate = await gateOf(mine);
  expect(gate).toMatchObject({ type: 'approval', title: 'Pay?', source: 'duvo' });
  const full = await duvo.gates.get(gate.ref);
  expect(full).toMatchObject({ description: 'odd', status: 'open' });
  const listed = [];
  for await (const one of duvo.runs.list({ status: 'RUNNING', agentId: mine.agentId })) listed.push(one);
  const { runId } = await run.state();
  expect(listed).toMatchObject([
    { workflowId: run.workflowId, runId, agentId: mine.agentId, key: mine.key, openGates: 1, status: 'RUNNING' },
  ]);
  await run.answer(gate.gateId, { approved: true, by: 'alice' });
  await run.result();
  await eventually(async () => (await collect(duvo.gates.list({ agentId: mine.agentId }))).length === 0);
});

test('a late answer, an answer to nobody, a second answer, a wrong one: refused with the reason', async () => {
  const mine = input(ASKS);
  const run = await duvo.runs.start(mine);
  const gate = await gateOf(mine);
  expect(await thrown(duvo.gates.answer(gate, { answers: { x: 'y' }, by: 'a' }))).toMatchObject({
    name: 'GateError',
    type: 'Duvo.AnswerInvalid',
  });
  await duvo.gates.answer(gate, { approved: true, by: 'alice' });
  await run.result();
  expect(await thrown(duvo.gates.answer(gate, { approved: true, by: 'bob' }))).toMatchObject({
    type: 'Duvo.GateClosed',
    message: expect.stringContaining('too late') as string,
  });
  expect(await thrown(duvo.gates.answer('nobody#gate', { approved: true, by: 'bob' }))).toMatchObject({
    type: 'Duvo.GateUnknown',
  });
  for (const ref of ['no gate', '#g', 'nobody#', 'nobody#%'])
    expect(await thrown(duvo.gates.answer(ref, { approved: true, by: 'bob' }))).toMatchObject({ field: 'gate' });
});

test('a run that failed: its error has the type, the run and the gates', async () => {
  const run = await duvo.runs.start(input({ steps: [{ end: 'failed' }] }));
  expect(await thrown(run.result())).toMatchObject({
    name: 'DuvoRunError',
    type: 'Duvo.RunFailed',
    runId: expect.any(String) as string,
    gates: [],
  });
});

test('cancel of a run that has completed: already-finished; of one that never was: not found', async () => {
  const run = await duvo.runs.start(input({ steps: [{ end: 'completed' }] }));
  await run.result();
  expect(await run.cancel()).toBe('already-finished');
  expect((await thrown(duvo.runs.get('nobody').cancel())).name).toBe('RunNotFoundError');
  expect((await thrown(duvo.runs.get('nobody').result())).name).toBe('RunNotFoundError');
});

test('a wait that is given up leaves the run alone', async () => {
  const mine = input(ASKS);
  const run = await duvo.runs.start(mine);
  expect((await thrown(run.result({ timeoutMs: 50 }))).name).toBe('WaitTimeoutError');
  await duvo.gates.answer(await gateOf(mine), { approved: true, by: 'alice' });
  await run.result();
});

describe('a call that is refused for good', () => {
  const begin = async (looks: number, agentId: string = randomUUID()) => {
    stack.simulator.script(agentId, { steps: [{ status: 'running', looks }, { end: 'completed' }], says: 'done' });
    const input = { key: agentId, agentId, message: 'Read it', watch: QUICK_WATCH };
    const run = await duvo.runs.start(input);
    await stack.simulator.waitFor((entry) => entry.operation === 'get' && entry.agentId === agentId);
    stack.simulator.addFault({ on: 'get', agentId, how: { garbled: '<html>', contentType: 'text/html' } });
    return {
      run,
      again: () => duvo.runs.start(input),
      ofAgent: () => stack.simulator.runs.filter((one) => one.agentId === agentId),
    };
  };

  test('leaves no run working that nobody watches: it is stopped, and the failure says so', async () => {
    const { run, ofAgent } = await begin(30);
    await expect(run.result()).rejects.toMatchObject({ type: 'Duvo.ContractViolation', stopOutcome: 'confirmed' });
    expect(ofAgent()).toMatchObject([{ status: 'canceled' }]);
    expect(await run.cancel()).toBe('confirmed');
  });

  test('and could not be stopped: a cancel is unconfirmed, and the same key takes the same run up again', async () => {
    const agentId = randomUUID();
    stack.simulator.addFault({ on: 'stop', agentId, times: 20, how: { status: 403 } });
    const { run, again, ofAgent } = await begin(8, agentId);
    await expect(run.result()).rejects.toMatchObject({ stopOutcome: 'unconfirmed' });
    expect(await run.cancel()).toBe('unconfirmed');
    const heir = await again();
    expect(await heir.result()).toMatchObject({ status: 'completed', output: 'done', start: 'attached' });
    expect(ofAgent()).toHaveLength(1);
  });

  test('a workflow that was ended by force leaves its run to the next one of the key', async () => {
    const key = randomUUID();
    const input = { key, agentId: key, watch: QUICK_WATCH };
    stack.simulator.script(key, { steps: [{ ask: { type: 'approval', title: 'Go?' } }, { end: 'completed' }] });
    const run = await duvo.runs.start(input);
    await eventually(async () => (await run.state()).runId);
    await eventually(async () => {
      const { searchAttributes } = await stack.client.workflow.getHandle(run.workflowId).describe();
      return (searchAttributes as Record<string, unknown[]>)['DuvoRunId'];
    });
    await stack.client.workflow.getHandle(run.workflowId).terminate();
    const heir = await duvo.runs.start(input);
    const gate = await eventually(async () => (await heir.gates())[0]);
    await heir.answer(gate.gateId, { approved: true, by: 'alice' });
    expect(await heir.result()).toMatchObject({ status: 'completed' });
    expect(stack.simulator.runs.filter(({ agentId }) => agentId === key)).toHaveLength(1);
  });
});

test('a message that nobody would take is refused before it is sent, with its size', async () => {
  const large = duvo.runs.start({ agentId: 'large', message: '請'.repeat(400_000) });
  await expect(large).rejects.toThrow(/^message has 1200000 bytes; the limit is 1000000/);
});
