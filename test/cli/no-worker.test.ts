import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuvoWorkflows } from '../../client';
import { startCommandProcess, runCommand } from '../support/command-line';
import { eventually, type Stack, startStack } from '../support/stack';

let stack: Stack;
const folder = mkdtempSync(join(tmpdir(), 'duvo-no-worker-'));
const items = join(folder, 'items.ndjson');
beforeAll(async () => {
  writeFileSync(items, '{"n":1}\n');
  stack = await startStack({ workers: false });
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await stack.stop();
});

const flags = () => [
  ...['--address', stack.address],
  ...['--task-queue', stack.taskQueue, '--api-task-queue', stack.apiTaskQueue],
];
const key = `no-worker-${randomUUID()}`;
const batchId = `duvo-batch-${key}`;
const batchRun = () => ['batch', 'start', items, '--workflow', 'testItem', '--key', key, ...flags()];
const sentence = () => `(task queue ${stack.taskQueue}): start one with npx duvo-temporal worker`;

test('batch start stores its items without a worker, reports the missing worker, and waits for --timeout', async () => {
  const running = startCommandProcess(...batchRun());
  // The items are stored, so the command waits for the end.
  await eventually(() => running.findNotes('runs in Temporal'));
  const again = startCommandProcess(...batchRun(), '--json');
  const impatient = startCommandProcess(...batchRun(), '--timeout', '50ms');
  const [note] = await eventually(() => running.findNotes('no worker answers for'));
  expect(note).toContain(`${batchId} ${sentence()}`);
  expect(running.notes[0]).toContain(batchId);
  expect(await impatient.code).toBe(6);
  expect(impatient.notes[0]).toContain(batchId);
  await eventually(() => again.findNotes('no worker answers for'));
  await stack.startWorkers();
  expect(await running.code).toBe(0);
  expect(await again.code).toBe(0);
  expect(JSON.parse(again.out.join(''))).toMatchObject({ workflowId: batchId, completed: 1 });
  await stack.stopWorkers();
});

test('commands that need a worker report that it is missing', async () => {
  const queues = { taskQueue: `nobody-${randomUUID()}` };
  const { workflowId } = await new DuvoWorkflows(stack.client, queues).runs.start({ agentId: 'nobody' });
  const template = { workflow: { type: 'testItem' } };
  const batch = await new DuvoWorkflows(stack.client, queues).batches.start([{ n: 1 }], { template });
  // Each command waits 3 s for a worker, so all commands wait at the same time.
  const outcomes = [
    [workflowId, 'run', 'show', workflowId],
    [workflowId, 'gate', 'show', `${workflowId}#g-1`],
    [batch.workflowId, 'batch', 'show', batch.workflowId],
  ].map(([id, ...args]) => ({ id, args, outcome: runCommand(...args, '--address', stack.address) }));
  for (const { id, args, outcome } of outcomes) {
    const { code, notes } = await outcome;
    expect({ args, code, notes }).toEqual({
      args,
      code: 1,
      notes: `no worker answers for ${id} (task queue ${queues.taskQueue}): start one with npx duvo-temporal worker, or find the cause with npx duvo-temporal doctor`,
    });
  }
});

test('a failed run is shown with its reason, even when no worker ever received its tasks', async () => {
  const queues = { taskQueue: `nobody-${randomUUID()}` };
  const { workflowId } = await new DuvoWorkflows(stack.client, queues).runs.start({ agentId: 'nobody' });
  await stack.client.workflow.getHandle(workflowId).terminate('no more');
  const shown = await runCommand('run', 'show', workflowId, '--json', '--address', stack.address);
  expect(shown.code).toBe(0);
  expect(shown.json()).toMatchObject({ workflowId, workflow: 'TERMINATED', error: { message: 'no more' } });
});
