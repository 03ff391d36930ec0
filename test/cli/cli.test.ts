import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { DuvoWorkflows } from '../../client';
import { exitCodeOf } from '../../cli/exit-codes';
import { eventually, QUICK_WATCH, type Stack, startStack } from '../support/stack';
import { collect } from '../support/collect';
import { type CommandResult, runCommand, startCommand } from '../support/command-line';

let stack: Stack;
/** A command that finds no Temporal. It gives up after 10 s, while the other tests run. */
let unreachable: Promise<CommandResult>;
beforeAll(async () => {
  unreachable = runCommand('run', 'list', '--address', '127.0.0.1:9');
  stack = await startStack();
  process.env.DUVO_TASK_QUEUE = stack.taskQueue;
  process.env.DUVO_API_TASK_QUEUE = stack.apiTaskQueue;
});
afterAll(async () => {
  delete process.env.DUVO_TASK_QUEUE;
  delete process.env.DUVO_API_TASK_QUEUE;
  await stack.stop();
});

/** Runs a command line as a script does: without a terminal. */
function run(...args: string[]): Promise<CommandResult> {
  const isConnected = ['run', 'gate'].includes(args[0] ?? '') && args.length > 1;
  return runCommand(...args, ...(isConnected ? ['--address', stack.address] : []));
}

const ask = { ask: { type: 'approval' as const, title: 'Pay 4711?' } };
const script = (agentId: string) =>
  stack.simulator.script(agentId, { steps: [ask, { end: 'completed' }], lastMessage: 'paid' });

test('a run is started, listed, answered at its gate and waited for', async () => {
  script('cli');
  const start = ['run', 'start', '--agent', 'cli', '--message', 'Read it', '--key', randomUUID(), '--json'];
  const started = await run(...start);
  expect([started.code, started.notes]).toEqual([0, '']);
  const { workflowId } = started.json<{ workflowId: string }>();
  const again = await run(...start);
  expect(again.json()).toEqual({ workflowId, attached: true });

  const gate = await eventually(
    async () => (await run('gate', 'list', '--agent', 'cli', '--json')).json<{ ref: string }[]>()[0],
  );
  expect((await run('gate', 'list', '--agent', 'cli')).out).toContain('Pay 4711?');
  expect((await run('gate', 'show', gate.ref)).out).toContain('Pay 4711?');
  expect((await run('run', 'show', workflowId, '--json')).json()).toMatchObject({
    status: 'waiting',
    openGates: 1,
    gates: [{ ref: gate.ref }],
  });
  expect((await run('run', 'list', '--open', '--agent', 'cli')).out).toContain(
    workflowId.slice(0, 'duvo-run-12345678'.length),
  );

  const answered = await run(
    'gate',
    'answer',
    gate.ref,
    '--approve',
    '--by',
    'alice',
    '--comment',
    'checked',
    '--json',
  );
  expect(answered.json()).toMatchObject({ outcome: 'approved' });
  // While a gate is open, the workflow polls once a minute. The delivery of an answer makes it poll at once.
  const waited = await run('run', 'wait', workflowId, '--json');
  expect(waited.code).toBe(0);
  expect(waited.json()).toMatchObject({
    output: 'paid',
    gates: [{ outcome: 'approved', by: 'alice', comment: 'checked' }],
  });
});

test('a run that was started in Duvo is attached to, and its messages are read by either id', async () => {
  stack.simulator.script('others', { steps: [{ end: 'completed' }], lastMessage: 'posted' });
  const runId = stack.simulator.startInDuvo('others');
  const attached = await run('run', 'attach', runId, '--wait', '--json');
  expect(attached).toMatchObject({ code: 0, notes: expect.stringContaining(`duvo-attach-${runId}`) as string });
  expect(attached.json()).toMatchObject({ runId, status: 'completed', output: 'posted' });
  // The run may have been resumed in Duvo since then, so a second attach watches it anew.
  expect((await run('run', 'attach', runId, '--json')).json()).toMatchObject({ attached: false });

  process.env.DUVO_API_KEY = stack.simulator.apiKey;
  process.env.DUVO_API_BASE_URL = stack.simulator.url;
  try {
    const messages = (await run('run', 'messages', runId, '--json')).json<{ text?: string }[]>();
    expect(messages.map(({ text }) => text)).toContain('posted');
    expect((await run('run', 'messages', `duvo-attach-${runId}`, '--json')).json()).toEqual(messages);
    expect((await run('run', 'messages', runId)).out).toContain('posted');
    expect((await run('run', 'messages', 'nobody')).code).toBe(5);
  } finally {
    delete process.env.DUVO_API_KEY;
    delete process.env.DUVO_API_BASE_URL;
  }
});

describe('while it waits for a run', () => {
  const waiting = (...args: string[]) => startCommand('run', ...args, '--json', '--address', stack.address);
  /** Splits a command line into words with a shell. */
  const wordsOf = (line = '') =>
    execFileSync('sh', ['-c', `printf '%s\\n' ${line}`], { encoding: 'utf8' })
      .trim()
      .split('\n');

  test('each gate is noted once with the command that answers it, and stdout holds only the result', async () => {
    const next = { ask: { type: 'approval' as const, title: 'Pay 4712?' } };
    stack.simulator.script('tells', { steps: [ask, next, { end: 'completed' }] });
    const key = `it's told ${randomUUID()}`;
    const waits = waiting('start', '--agent', 'tells', '--key', key, '--wait');
    for (const title of ['Pay 4711?', 'Pay 4712?']) {
      const [note] = await eventually(() => waits.findNotes(title));
      const [npx, name, ...command] = wordsOf(note?.split('\n')[1]);
      expect([npx, name]).toEqual(['npx', 'duvo-temporal']);
      expect((await runCommand(...command, '--approve')).code).toBe(0);
    }
    expect(await waits.code).toBe(0);
    expect([waits.findNotes('Pay 4711?')?.length, waits.findNotes('Pay 4712?')?.length]).toEqual([1, 1]);
    expect(JSON.parse(waits.out.join('\n'))).toMatchObject({ status: 'completed' });
    expect(waits.notes[0]).toContain(`duvo-run-${key}`);
  });

  test('a missing worker is noted once, with the task queue', async () => {
    const queue = `nobody-${randomUUID()}`;
    const attaching = waiting('attach', queue, '--task-queue', queue, '--wait');
    const handle = stack.client.workflow.getHandle(`duvo-attach-${queue}`);
    await eventually(() =>
      handle.describe().then(
        () => true,
        () => false,
      ),
    );
    const second = waiting('wait', `duvo-attach-${queue}`);
    const [note] = await eventually(() => attaching.findNotes('no worker'));
    expect(note).toContain(queue);
    expect(note).toContain('duvo-temporal worker');
    await eventually(() => second.findNotes('no worker'));
    await handle.terminate();
    expect([await attaching.code, await second.code]).toEqual([3, 3]);
    expect(attaching.findNotes('no worker')).toHaveLength(1);
    expect(attaching.out.map((line) => JSON.parse(line) as unknown)).toEqual([
      { workflowId: `duvo-attach-${queue}`, error: { type: 'Duvo.RunFailed', message: expect.any(String) as string } },
    ]);
  });
});

describe('exit codes', () => {
  test.each([
    ['help', ['--help'], 0],
    ['version', ['--version'], 0],
    ['an unknown command', ['fly'], 2],
    ['an agent that is missing', ['run', 'start'], 2],
    ['an invalid gate reference', ['gate', 'answer', 'nonsense', '--approve'], 2],
    ['a gate reference with a wrong encoding', ['gate', 'show', 'a#%'], 2],
    ['two answers in one', ['gate', 'answer', 'a#b', '--approve', '--deny'], 2],
    ['no answer and no terminal', ['gate', 'answer', 'a#b'], 2],
    ['an invalid duration', ['run', 'wait', 'x', '--timeout', 'soon'], 2],
    ['a blank key', ['run', 'start', '--agent', 'x', '--key', ''], 2],
    ['an invalid deadline', ['run', 'start', '--agent', 'x', '--deadline', 'soon'], 2],
    ['an invalid deadline of an attached run', ['run', 'attach', 'x', '--deadline', 'soon'], 2],
    ['an unknown --on-cancel action', ['run', 'start', '--agent', 'x', '--on-cancel', 'shrug'], 2],
    ['an invalid limit', ['run', 'list', '--limit', 'abc'], 2],
    ['an invalid port', ['dev', '--port', 'x'], 2],
    ['an unknown run', ['run', 'show', 'nobody'], 5],
    ['an unknown run to wait for', ['run', 'wait', 'nobody'], 5],
    ['a gate of an unknown run', ['gate', 'answer', 'nobody#gate', '--approve'], 5],
  ])('%s', async (_what, args, code) => {
    const ended = await run(...args);
    expect(ended.code).toBe(code);
    expect(ended.out + ended.notes).not.toBe('');
  });

  test('a RangeError of a library exits with 1, not with the code of a usage error', () => {
    expect(exitCodeOf(new RangeError('index out of range'))).toBe(1);
  });

  test('a failed run exits with 3, a refused answer with 4, a timeout with 6', async () => {
    stack.simulator.script('fails', { steps: [{ end: 'failed' }] });
    expect((await run('run', 'start', '--agent', 'fails', '--wait')).code).toBe(3);
    stack.simulator.script('late', { steps: [ask, { status: 'running' }] });
    const duvo = new DuvoWorkflows(stack.client, { taskQueue: stack.taskQueue, apiTaskQueue: stack.apiTaskQueue });
    const started = await duvo.runs.start({ agentId: 'late', key: randomUUID(), watch: QUICK_WATCH });
    expect((await run('run', 'wait', started.workflowId, '--timeout', '50ms')).code).toBe(6);
    const gate = await eventually(async () => (await collect(duvo.gates.list({ agentId: 'late' })))[0]);
    expect((await run('gate', 'answer', gate.ref, '--answer', 'x=y')).code).toBe(4);
    expect((await run('run', 'cancel', started.workflowId, '--json')).json()).toMatchObject({ cancel: 'confirmed' });
  });

  test('--json prints failures, timeouts and refusals to stdout', async () => {
    stack.simulator.script('fails-json', { steps: [{ end: 'failed' }] });
    const failed = await run('run', 'start', '--agent', 'fails-json', '--key', 'fails-json', '--wait', '--json');
    const workflowId = 'duvo-run-fails-json';
    const error = { type: 'Duvo.RunFailed', message: expect.any(String) as string, lastMessage: 'Done.' };
    expect(failed.json()).toEqual({ workflowId, error });
    const answered = await run('gate', 'answer', `${workflowId}#g-1`, '--approve', '--json');
    expect(answered).toMatchObject({ code: 4 });
    expect(answered.json()).toMatchObject({ workflowId, error: { type: 'Duvo.GateClosed' } });

    expect((await run('run', 'show', workflowId, '--json')).json()).toMatchObject({ workflow: 'FAILED', error });
    expect((await run('run', 'show', workflowId)).out).toMatch(/failed[^]*Duvo\.RunFailed: /);

    stack.simulator.script('late-json', { steps: [{ status: 'running' }] });
    const started = await run('run', 'start', '--agent', 'late-json', '--json');
    const { workflowId: lateId } = started.json<{ workflowId: string }>();
    const late = await run('run', 'wait', lateId, '--timeout', '50ms', '--json');
    expect(late).toMatchObject({ code: 6 });
    expect(late.json()).toMatchObject({ workflowId: lateId, error: { type: 'WaitTimeoutError' } });
    await run('run', 'cancel', lateId);
  });

  test('a missing namespace is named, with the fix', async () => {
    for (const args of [
      ['run', 'list'],
      ['run', 'start', '--agent', 'x'],
      ['gate', 'list'],
    ]) {
      const { code, notes } = await run(...args, '--namespace', 'nowhere');
      expect(notes).toMatch(
        /^the namespace nowhere does not exist: check TEMPORAL_NAMESPACE, or create it with temporal /,
      );
      expect(code).toBe(1);
    }
  });

  test('an unreachable Temporal exits with 1 and one line that names the address', async () => {
    const { code, notes } = await unreachable;
    expect(code).toBe(1);
    expect(notes).toMatch(/127\.0\.0\.1:9/);
  });
});
