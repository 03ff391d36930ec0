import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BatchesClient, type BatchTemplate, DuvoWorkflows, type SchedulesClient } from '../../../client';
import { QUICK_WATCH, type Stack, startStack } from '../../support/stack';

let stack: Stack;
let batches: BatchesClient;
const folder = mkdtempSync(join(tmpdir(), 'duvo-source-'));
beforeAll(async () => {
  stack = await startStack();
  const { taskQueue, apiTaskQueue } = stack;
  batches = new DuvoWorkflows(stack.client, { taskQueue, apiTaskQueue }).batches;
});
afterAll(async () => {
  await stack.stop();
  rmSync(folder, { recursive: true });
});

const template = { workflow: { type: 'testItem' } };
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

/** Triggers a schedule's batch and waits for its end. */
async function night(schedules: SchedulesClient, id: string) {
  const { workflowId = '' } = await schedules.trigger(id);
  return batches.get(workflowId).result();
}

test('a schedule reads its source each time: it runs all items, or only new ones when items have keys', async () => {
  const { client, taskQueue, apiTaskQueue, simulator } = stack;
  const schedules = new DuvoWorkflows(client, { taskQueue, apiTaskQueue }).schedules;
  const agentId = `agent-${randomUUID()}`;
  simulator.script(agentId, { steps: [{ end: 'completed' }] });
  const run: BatchTemplate = { run: { agentId, message: 'Read {{number}}', watch: QUICK_WATCH } };
  const source = { from: file('nightly.csv', `number\n${agentId}-1\n`) };
  const [all, keyed] = [`all-${randomUUID()}`, `keyed-${randomUUID()}`];
  const yearly = { cron: '0 0 1 1 *' };
  try {
    await schedules.create(all, { batch: { template: run, source }, ...yearly });
    await schedules.create(keyed, { batch: { template: run, source, keyField: 'number' }, ...yearly });
    expect((await schedules.show(all)).definition?.batch).toMatchObject({ source });
    const started = () => simulator.runs.filter((one) => one.agentId === agentId).length;
    expect(await night(schedules, all)).toMatchObject({ items: 1, completed: 1 });
    expect(await night(schedules, keyed)).toMatchObject({ items: 1, completed: 1 });
    expect(started()).toBe(2);
    file('nightly.csv', `number\n${agentId}-1\n${agentId}-2\n`);
    expect(await night(schedules, all)).toMatchObject({ items: 2, completed: 2 });
    expect(started()).toBe(4);
    expect(await night(schedules, keyed)).toMatchObject({ items: 2, completed: 2 });
    expect(started()).toBe(5);
  } finally {
    for (const id of [all, keyed]) await schedules.delete(id).catch(() => undefined);
  }
});

test('a scheduled batch without items and without a source is refused', async () => {
  const batch = { template } as Parameters<SchedulesClient['create']>[1]['batch'];
  await expect(
    new DuvoWorkflows(stack.client).schedules.create(randomUUID(), { batch, cron: '0 2 * * *' }),
  ).rejects.toThrow(/^batch\.source is missing/);
});
