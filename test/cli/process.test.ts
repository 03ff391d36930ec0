import { randomUUID } from 'node:crypto';
import { runCommand } from '../support/command-line';
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
