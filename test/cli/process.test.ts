import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand, startCommand } from '../support/command-line';
import { eventually, type Stack, startStack } from '../support/stack';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

const run = (...args: string[]) =>
  runCommand('process', ...args, '--address', stack.address, ...queueFlags(args[0] ?? ''));
const queueFlags = (command: string) => (['start', 'list'].includes(command) ? ['--task-queue', stack.taskQueue] : []);
const item = (fields: object) => JSON.stringify([fields]);

test('a process is started with its arguments, listed, shown and waited for', async () => {
  const key = randomUUID();
  const started = await run('start', 'testItem', '--args', item({ n: 1 }), '--key', key, '--json');
  expect(started.code).toBe(0);
  const workflowId = `testItem-${key}`;
  expect(started.json()).toEqual({ workflowId, attached: false });
  expect((await run('wait', workflowId, '--json')).json()).toMatchObject({ workflowId });
  const again = await run('start', 'testItem', '--args', item({ n: 1 }), '--key', key, '--json');
  expect(again.json()).toEqual({ workflowId, attached: true });
  const listed = await eventually(async () => {
    const { out } = await run('list', '--type', 'testItem');
    return out.includes(workflowId.slice(0, 'testItem-12345678'.length)) && out;
  });
  expect(listed).toMatch(/WORKFLOW ID +TYPE +STATUS +AGE/);
  expect((await run('list', '--status', 'failed', '--json')).json()).toEqual([]);
  expect((await run('show', workflowId)).out).toMatch(/type +testItem\nstatus +completed/);
});

test('a failed process exits with 3, and show gives the reason', async () => {
  const key = randomUUID();
  const failed = await run('start', 'testItem', '--args', item({ fails: true }), '--key', key, '--wait');
  expect(failed.code).toBe(3);
  const shown = await run('show', `testItem-${key}`, '--json');
  expect(shown.json()).toMatchObject({ status: 'FAILED', error: { message: expect.any(String) as string } });
});

test('cancel waits for the end of the process', async () => {
  const key = randomUUID();
  await run('start', 'testItem', '--args', item({ waits: true }), '--key', key);
  expect(await run('cancel', `testItem-${key}`)).toMatchObject({ code: 0, out: `testItem-${key}: cancelled` });
});

test.each([
  ['an unknown process', ['show', 'nobody'], 5, /nobody/],
  ['arguments that are not a list', ['start', 'testItem', '--args', '{}'], 2, /--args: must be a list in JSON/],
  ['a workflow type of this package', ['start', 'agentRun'], 2, /agentRun/],
  ['--timeout without --wait', ['start', 'testItem', '--timeout', '3s'], 2, /--timeout: goes with --wait/],
])('%s is refused', async (_name, args, code, message) => {
  const refused = await run(...args);
  expect(refused.notes).toMatch(message);
  expect(refused.code).toBe(code);
});

test('a workflow id that was used with other arguments is called a workflow id', async () => {
  const workflowId = `p4-${randomUUID()}`;
  const start = (n: number) =>
    run('start', 'testItem', '--workflow-id', workflowId, '--args', item({ n, waits: true }));
  await start(1);
  const refused = await start(2);
  expect(refused.notes).toMatch(/^the workflow id 'p4-.*' was used before with other arguments: /);
  expect(refused.notes).not.toContain('key');
  expect(refused.code).toBe(2);
});

describe('a workflow type that no worker has', () => {
  const sentence = (id: string, type: string) =>
    `${id}: no worker of the task queue ${stack.taskQueue} has the workflow '${type}': export it from the worker's`;

  test('wait says so, show fails with it, and cancel prints how to end the workflow', async () => {
    const workflowId = `typo-${randomUUID()}`;
    await run('start', 'postInvoce', '--workflow-id', workflowId);
    const waiting = startCommand('process', 'wait', workflowId, '--address', stack.address);
    const [note] = await eventually(() => waiting.findNotes('no worker'));
    expect(note).toContain(sentence(workflowId, 'postInvoce'));
    const shown = await run('show', workflowId);
    expect(shown.notes).toContain(sentence(workflowId, 'postInvoce'));
    expect(shown.code).toBe(1);
    const cancelling = startCommand('process', 'cancel', workflowId, '--address', stack.address);
    const [hint] = await eventually(() => cancelling.findNotes('cannot be cancelled'));
    expect(hint).toContain(`temporal workflow terminate --workflow-id ${workflowId} --address ${stack.address}`);
    await stack.client.workflow.getHandle(workflowId).terminate();
    expect([await waiting.code, await cancelling.code]).toEqual([3, 0]);
    expect(waiting.findNotes(sentence(workflowId, 'postInvoce'))?.length).toBeLessThanOrEqual(2);
  });

  test('the wait for a batch names the type that its items need', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'duvo-item-type-'));
    const items = join(folder, 'items.ndjson');
    writeFileSync(items, '{"n":1}\n');
    const key = `typo-${randomUUID()}`;
    const start = ['batch', 'start', items, '--workflow', 'postInvoce', '--key', key, '--task-queue', stack.taskQueue];
    const waiting = startCommand(...start, '--api-task-queue', stack.apiTaskQueue, '--address', stack.address);
    const [note] = await eventually(() => waiting.findNotes('no worker of the task queue'));
    expect(note).toContain("has the workflow 'postInvoce'");
    await stack.client.workflow.getHandle(`duvo-batch-${key}`).terminate();
    expect(await waiting.code).toBe(3);
    rmSync(folder, { recursive: true });
  });
});
