import { DuvoWorkflows, type StartInput } from '../../client';
import type { Scenario } from '../../testing';
import { rejectionOf } from '../support/rejection';
import { ASKS, firstGate, scriptedInput } from '../support/runs/scripted-runs';
import { eventually, type Stack, startStack } from '../support/stack';

let stack: Stack;
let duvo: DuvoWorkflows;
beforeAll(async () => {
  stack = await startStack();
  duvo = new DuvoWorkflows(stack.client, stack);
});
afterAll(() => stack?.stop());

const input = (scenario: Scenario, key?: string) => scriptedInput(stack, scenario, key);
const startsOf = ({ agentId }: StartInput) => stack.simulator.runs.filter((run) => run.agentId === agentId).length;
const gateOf = ({ agentId }: StartInput) => firstGate(duvo, agentId);

describe('a business key', () => {
  test('attaches to a run that is open', async () => {
    const same = input(ASKS);
    const first = await duvo.runs.start(same);
    const second = await duvo.runs.start(same);
    expect([first.attached, second.attached]).toEqual([false, true]);
    expect(second.workflowId).toBe(first.workflowId);
    await duvo.gates.answer(await gateOf(same), { approved: true, by: 'alice' });
    expect(await second.result()).toMatchObject({ output: 'paid' });
    expect(startsOf(same)).toBe(1);
  });

  test.each(['', ' '])('that is blank (%j) is refused, since all cases with it would be one case', async (key) => {
    const blank = { ...input({ steps: [{ end: 'completed' }] }), key };
    expect(await rejectionOf(duvo.runs.start(blank))).toMatchObject({
      name: 'InvalidInputError',
      message: expect.stringContaining('key') as string,
    });
    expect(startsOf(blank)).toBe(0);
    const batch = duvo.batches.start([{ n: 1 }], { template: { run: { agentId: 'a' } }, key });
    expect(await rejectionOf(batch)).toMatchObject({ name: 'InvalidInputError', field: 'key' });
  });

  test('attaches to the result of a run that completed', async () => {
    const same = input({ steps: [{ end: 'completed' }], lastMessage: 'once' });
    await (await duvo.runs.start(same)).result();
    const again = await duvo.runs.start(same);
    expect(again.attached).toBe(true);
    expect(await again.result()).toMatchObject({ output: 'once' });
    expect(startsOf(same)).toBe(1);
  });

  test.each([
    ['failed', { steps: [{ end: 'failed' as const }] }],
    ['was stopped in Duvo', { steps: [{ end: 'canceled' as const }] }],
  ])('starts a new run after one that %s', async (_what, scenario) => {
    const same = input(scenario);
    await rejectionOf((await duvo.runs.start(same)).result());
    const again = await duvo.runs.start(same);
    expect(again.attached).toBe(false);
    await rejectionOf(again.result());
    expect(startsOf(same)).toBe(2);
  });

  test('starts a new run after one that was cancelled', async () => {
    const same = input({ steps: [{ ask: { type: 'approval', title: 'Pay?' } }, { status: 'running' }] });
    const first = await duvo.runs.start(same);
    await gateOf(same);
    expect(await first.cancel()).toBe('confirmed');
    const again = await duvo.runs.start(same);
    expect(again.attached).toBe(false);
    await again.cancel();
  });

  test('that starts a new run leaves the first one alone: the first object neither sees, answers nor cancels the new run', async () => {
    const same = input({
      steps: [{ ask: { type: 'approval', title: 'Pay?' } }, { end: 'completed' }],
      lastMessage: 'paid',
    });
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
    expect(await rejectionOf(first.answer(open.gateId, { approved: true, by: 'alice' }))).toMatchObject({
      type: 'Duvo.GateClosed',
    });
    expect(await first.cancel()).toBe('already-finished');
    expect(await rejectionOf(first.result())).toMatchObject({ name: 'DuvoRunError', type: 'Duvo.RunCanceled' });

    expect(await duvo.runs.get(first.workflowId).state()).toMatchObject({ runId: (await again.state()).runId });
    await attached.answer(open.gateId, { approved: true, by: 'alice' });
    expect(await again.result()).toMatchObject({ output: 'paid' });
    expect(await attached.result()).toMatchObject({ output: 'paid' });
  });

  test('with another input is refused, and the error does not contain the texts', async () => {
    const same = input(ASKS);
    const first = await duvo.runs.start(same);
    const error = await rejectionOf(duvo.runs.start({ ...same, message: 'another private message' }));
    expect(error.name).toBe('KeyConflictError');
    expect(error.message).not.toContain('private');
    await first.cancel();
  });

  test('attaches whatever the order of the fields', async () => {
    const same = input({ steps: [{ end: 'completed' }] });
    await (await duvo.runs.start(same)).result();
    const { watch, message, agentId, key } = same;
    expect((await duvo.runs.start({ watch, message, agentId, key, deadline: undefined })).attached).toBe(true);
  });

  test('starts one run for many starts at the same time', async () => {
    const same = input(ASKS);
    const all = await Promise.all(Array.from({ length: 10 }, () => duvo.runs.start(same)));
    expect(all.filter(({ attached }) => !attached)).toHaveLength(1);
    await gateOf(same);
    expect(startsOf(same)).toBe(1);
    await all[0]?.cancel();
  });

  test('with different inputs at the same time starts one of them and refuses the others', async () => {
    const same = input(ASKS);
    const all = await Promise.allSettled(
      [1, 2, 3, 4].map((n) => duvo.runs.start({ ...same, message: `message ${n}` })),
    );
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await duvo.runs.get(`duvo-run-${same.key}`).cancel();
  });
});
