import { randomUUID } from 'node:crypto';
import { DuvoWorkflows, type SchedulesClient, type ScheduleDefinition } from '../../../client';
import type { Scenario } from '../../../testing';
import { eventually, QUICK_WATCH, type Stack, startStack } from '../../support/stack';
import { collect } from '../../support/collect';

let stack: Stack;
let schedules: SchedulesClient;
const made: string[] = [];
beforeAll(async () => {
  stack = await startStack();
  schedules = new DuvoWorkflows(stack.client, stack).schedules;
});
afterAll(async () => {
  for (const id of made) await schedules.delete(id).catch(() => undefined);
  await stack.stop();
});

const ENDS: Scenario = { steps: [{ end: 'completed' }] };
const ASKS: Scenario = { steps: [{ ask: { type: 'approval', title: 'Go on?' } }, { end: 'completed' }] };
const YEARLY = { cron: '0 0 1 1 *' };

/** Creates a schedule of a batch with two items, which are runs of a new agent. */
async function scheduled(scenario: Scenario, more: Partial<ScheduleDefinition>, source?: { from: string }) {
  const [id, agentId] = [`schedule-${randomUUID()}`, `agent-${randomUUID()}`];
  made.push(id);
  stack.simulator.script(agentId, scenario);
  const template = { run: { agentId, message: 'Look at {{name}}', watch: QUICK_WATCH } };
  const batch = { template, ...(source ? { source } : { items: [{ name: 'one' }, { name: 'two' }] }) };
  await schedules.create(id, { batch, ...more });
  return {
    id,
    starts: () => stack.simulator.runs.filter((run) => run.agentId === agentId),
    agentId,
  };
}
const resultOf = (workflowId: string) => new DuvoWorkflows(stack.client, stack).batches.get(workflowId).result();

test('items that do not fit the template are refused by place, and nothing is scheduled', async () => {
  const id = `schedule-${randomUUID()}`;
  const template = { run: { agentId: 'a', message: 'Look at {{name}}' } };
  const creating = schedules.create(id, { batch: { template, items: [{ name: 'one' }, { nam: 'two' }] }, ...YEARLY });
  await expect(creating).rejects.toThrow(/batch\.items\[1\]:? does not fit the batch: name is missing in the item/);
  await expect(schedules.show(id)).rejects.toMatchObject({ name: 'ScheduleNotFoundError' });
});

test('a trigger starts a batch with all its items, and the next trigger starts it again', async () => {
  const { id, starts } = await scheduled(ENDS, YEARLY);
  for (const round of [1, 2]) {
    const { workflowId = '' } = await schedules.trigger(id, { overlap: 'allow-all' });
    expect(await resultOf(workflowId)).toMatchObject({ items: 2, completed: 2 });
    expect(starts()).toHaveLength(2 * round);
  }
});

test('with skip, times during a running batch start nothing, and the next time after its end starts a batch', async () => {
  const { id, agentId, starts } = await scheduled(ASKS, { every: '1s', overlap: 'skip' });
  const duvo = new DuvoWorkflows(stack.client);
  const gates = await eventually(async () => {
    const open = await collect(duvo.gates.list({ agentId }));
    return open.length === 2 && open;
  });
  await eventually(async () => (await schedules.show(id)).skipped > 0);
  const [workflowId = '', ...others] = (await schedules.show(id)).running;
  expect(others).toEqual([]);
  expect(starts()).toHaveLength(2);
  for (const gate of gates) await duvo.gates.answer(gate, { approved: true, by: 'alice' });
  expect(await resultOf(workflowId)).toMatchObject({ completed: 2 });
  await eventually(() => starts().length === 4);
  await schedules.pause(id);
  for (const running of (await schedules.show(id)).running)
    await new DuvoWorkflows(stack.client).batches.get(running).cancel();
});

describe('pauseOnFailure', () => {
  test('a batch that fails as a whole pauses its schedule', async () => {
    const { id } = await scheduled(ENDS, { ...YEARLY, pauseOnFailure: true }, { from: '/nowhere/items.csv' });
    await schedules.trigger(id);
    await eventually(async () => (await schedules.show(id)).paused);
  });

  test('a batch with failed items does not pause its schedule', async () => {
    const failing: Scenario = { steps: [{ end: 'failed' }] };
    const { id } = await scheduled(failing, { ...YEARLY, pauseOnFailure: true });
    const { workflowId = '' } = await schedules.trigger(id);
    expect(await resultOf(workflowId)).toMatchObject({ failed: 2 });
    await eventually(async () => (await schedules.show(id)).running.length === 0);
    expect(await schedules.show(id)).toMatchObject({ paused: false });
  });
});
