import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentRunInput } from '../../../client/index';
import { runCommand, startCommandProcess } from '../../support/command-line';
import { eventually, type Stack, startStack } from '../../support/stack';

let stack: Stack;
const folder = mkdtempSync(join(tmpdir(), 'duvo-run-start-'));
beforeAll(async () => {
  stack = await startStack();
  stack.simulator.script('works', { steps: [{ status: 'running' }] });
  stack.simulator.script('fails', { steps: [{ end: 'failed' }], lastMessage: 'The ledger is locked.' });
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await stack.stop();
});

const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const run = (...args: string[]) => runCommand('run', ...args, '--address', stack.address);
const start = (...args: string[]) =>
  run('start', ...args, '--task-queue', stack.taskQueue, '--api-task-queue', stack.apiTaskQueue);

async function readInput(workflowId: string): Promise<AgentRunInput> {
  const { events } = await stack.client.workflow.getHandle(workflowId).fetchHistory();
  const [payload] = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  return JSON.parse(Buffer.from(payload?.data ?? []).toString()) as AgentRunInput;
}

test('flags replace the fields of --input, and the gate and output flags add to it', async () => {
  const schema = { type: 'object', required: ['total'] };
  const input = file('run.json', JSON.stringify({ agentId: 'other', message: 'Read it', gate: { due: '1h' } }));
  const started = await start(
    ...['--input', input, '--agent', 'works', '--on-timeout', 'deny', '--key', randomUUID(), '--json'],
    ...['--output-schema', file('schema.json', JSON.stringify(schema))],
  );
  expect(started.code).toBe(0);
  const { workflowId } = started.json<{ workflowId: string }>();
  expect(await readInput(workflowId)).toMatchObject({
    agentId: 'works',
    message: 'Read it',
    gate: { due: '1h', onTimeout: 'deny' },
    output: { schema },
  });
});

test.each([
  [
    'an input that does not exist',
    ['--input', join(folder, 'none.json')],
    /--input: .*none\.json: cannot be read: it does not exist/,
  ],
  ['an input that is not JSON', ['--input', 'wrong.json'], /--input: .*wrong\.json, line 1, column 2: is not JSON/],
  ['an input that is a list', ['--input', 'list.json'], /--input: .*list\.json: must hold a JSON object/],
  ['an input without an agent', ['--input', 'empty.json'], /--agent is missing/],
  ['an invalid due time', ['--agent', 'works', '--gate-due', 'soon'], /--gate-due: 'soon' is not a duration/],
])('%s is refused', async (_name, args, message) => {
  const files = { 'wrong.json': '{canary', 'list.json': '[]', 'empty.json': '{}' };
  for (const [name, text] of Object.entries(files)) file(name, text);
  const { code, notes } = await start(...args.map((arg) => (arg in files ? join(folder, arg) : arg)));
  expect(notes).toMatch(message);
  expect(notes).not.toContain('canary');
  expect(code).toBe(2);
});

test("wait and show print the agent's last message of a failed run", async () => {
  const failed = await start('--agent', 'fails', '--key', randomUUID(), '--wait');
  expect(failed.code).toBe(3);
  expect(failed.notes).toMatch(/last message +The ledger is locked\./);
  const workflowId = /started (\S+);/.exec(failed.notes)?.[1] ?? '';
  expect((await run('show', workflowId)).out).toMatch(/last message +The ledger is locked\./);
  expect((await run('show', workflowId, '--json')).json()).toMatchObject({
    error: { type: 'Duvo.RunFailed', lastMessage: 'The ledger is locked.' },
  });
});

test('run list selects by status and age', async () => {
  stack.simulator.script('listed', { steps: [{ status: 'running' }] });
  const { workflowId } = (await start('--agent', 'listed', '--json')).json<{ workflowId: string }>();
  const list = async (...args: string[]) =>
    (await run('list', '--agent', 'listed', ...args, '--json')).json<{ workflowId: string }[]>();
  await eventually(async () => (await list('--status', 'running', '--since', '1h'))[0]?.workflowId === workflowId);
  expect(await list('--status', 'failed')).toEqual([]);
  expect(await list('--since', new Date(Date.now() + 60_000).toISOString())).toEqual([]);
});

test('Ctrl-C ends the command and prints that the run continues and how to follow it', async () => {
  const key = randomUUID();
  const waiting = startCommandProcess(
    ...['run', 'start', '--agent', 'works', '--key', key, '--wait', '--address', stack.address],
    ...['--task-queue', stack.taskQueue, '--api-task-queue', stack.apiTaskQueue],
  );
  await eventually(() => waiting.findNotes('waiting …'));
  waiting.kill?.('SIGINT');
  expect(await waiting.code).toBe(130);
  expect(waiting.notes.join('\n')).toContain(
    `The run keeps running in Temporal. Follow it with:\n  npx duvo-temporal run wait duvo-run-${key}`,
  );
  const { status } = await stack.client.workflow.getHandle(`duvo-run-${key}`).describe();
  expect(status.name).toBe('RUNNING');
});

test('a start of an unknown agent names the agent and how to list agents', async () => {
  const { code, notes } = await start('--agent', 'nobody-4711', '--wait');
  expect([code, notes]).toEqual([
    3,
    expect.stringContaining(
      'agent "nobody-4711" does not exist or this key may not see it (agent_not_found): list agents with npx duvo-temporal api agents.list',
    ),
  ]);
});
