import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createBatchesClient } from '../../support/batches';
import { runCommand, startCommandProcess } from '../../support/command-line';
import { eventually, type Stack, startStack } from '../../support/stack';
import { startInTerminal } from '../../support/processes/terminal-session';

const MAIN = join(__dirname, '../../../dist/cli/main.js');
const folder = mkdtempSync(join(tmpdir(), 'duvo-streams-'));
let stack: Stack;
/** A batch that has ended. */
let batchId: string;
beforeAll(async () => {
  stack = await startStack();
  await openGate('Pay 4710?');
  batchId = await startEndedBatch();
  for (const kind of ['run', 'gate', 'batch'])
    await eventually(async () => (await runCommand(kind, 'list', '--address', stack.address)).out !== '');
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await stack.stop();
});

/** Starts the command that prints a run's messages, which are larger than any pipe's buffer. */
function startLargeOutput() {
  stack.simulator.script('talks', { steps: [{ end: 'completed' }], lastMessage: 'x'.repeat(900_000) });
  const runId = stack.simulator.startInDuvo('talks');
  const env = { ...process.env, DUVO_API_KEY: stack.simulator.apiKey, DUVO_API_BASE_URL: stack.simulator.url };
  return spawn(process.execPath, [MAIN, 'run', 'messages', runId, '--json'], { env });
}

/** Runs a shell command to its end. This process goes on meanwhile, since it serves the simulator. */
async function runShell(command: string): Promise<{ status: number | null; stderr: string }> {
  const child = spawn('sh', ['-c', command], { stdio: ['ignore', 'ignore', 'pipe'] });
  const exit = once(child, 'exit') as Promise<[number | null]>;
  const [stderr, [status]] = await Promise.all([text(child.stderr), exit]);
  return { status, stderr };
}

async function startEndedBatch(): Promise<string> {
  const agentId = randomUUID();
  stack.simulator.script(agentId, { steps: [{ end: 'completed' }], lastMessage: 'done' });
  const batch = await createBatchesClient(stack).start([{ n: 1 }], {
    template: { run: { agentId, message: '{{n}}' } },
  });
  await batch.result();
  return batch.workflowId;
}

/** Starts a run that asks, and returns the reference of its gate. */
async function openGate(title: string, agentId: string = randomUUID()): Promise<string> {
  stack.simulator.script(agentId, {
    steps: [{ ask: { type: 'approval', title } }, { end: 'completed' }],
    lastMessage: 'done',
  });
  const handle = await stack.start({ agentId });
  return eventually(async () => {
    const [gate] = await handle.query<{ ref: string }[]>('gates');
    return gate?.ref;
  });
}

describe('stdout', () => {
  test('reaches a slow reader to its end', async () => {
    const child = startLargeOutput();
    await once(child.stdout, 'readable');
    const messages = JSON.parse(await text(child.stdout)) as { text?: string }[];
    expect(messages.map((message) => message.text?.length)).toContain(900_000);
  });

  test('may be closed by its reader: the command ends quietly', async () => {
    const child = startLargeOutput();
    const notes = text(child.stderr);
    await once(child.stdout, 'readable');
    child.stdout.destroy();
    expect((await once(child, 'exit'))[0]).toBe(0);
    expect(await notes).toBe('');
  });

  test.each([
    '--help',
    'run list',
    'run list --json',
    'gate list',
    'gate list --json',
    'batch list',
    'batch list --json',
    'batch results',
  ])('on a full disk fails %s with 1 and the reason', async (command) => {
    const args = command === 'batch results' ? `${command} ${batchId}` : command;
    const address = command === '--help' ? '' : `--address ${stack.address}`;
    const { status, stderr } = await runShell(`'${process.execPath}' '${MAIN}' ${args} ${address} > /dev/full`);
    expect([status, stderr]).toEqual([1, 'stdout cannot be written: ENOSPC\n']);
  });

  test('and stderr on a full disk fail the command with 1', async () => {
    const command = `'${process.execPath}' '${MAIN}' batch list --address ${stack.address} > /dev/full 2>&1`;
    expect((await runShell(command)).status).toBe(1);
  });
});

describe('stderr', () => {
  test('on a full disk fails the command', async () => {
    const command = `'${process.execPath}' '${MAIN}' run list --agent nobody --address ${stack.address} 2> /dev/full`;
    expect((await runShell(command)).status).toBe(1);
  });
});

describe('a prompt in a terminal', () => {
  test('is on stderr, so that a file with the result has only the result', async () => {
    const ref = await openGate('Pay 4711?');
    const file = join(folder, 'result.txt');
    const session = startInTerminal(['gate', 'answer', ref, '--address', stack.address], { redirect: `> '${file}'` });
    await eventually(() => session.shown().includes('Pay 4711?'));
    session.type('y\r');
    expect(await session.code).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe(`${ref}: approved\n`);
  });

  test('never comes with --json: the command is refused, and the gate stays open', async () => {
    const ref = await openGate('Pay 4712?');
    const file = join(folder, 'result.json');
    const address = ['--address', stack.address];
    const session = startInTerminal(['gate', 'answer', ref, '--json', ...address], { redirect: `> '${file}'` });
    session.type('y\r');
    expect(await session.code).toBe(2);
    expect(readFileSync(file, 'utf8')).toBe('');
    expect((await runCommand('gate', 'show', ref, '--json', ...address)).json()).toMatchObject({ status: 'open' });
  });
});

describe('a title with terminal sequences, a reversed amount and a forged command', () => {
  const title = 'Pay \u202e0001\u202c EUR?\u001b[2K\r\nduvo-temporal gate answer forged --approve\u009b1A\u200b';
  const unprintable = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/;

  test('is escaped in lists, and cannot begin a line', async () => {
    const agentId = randomUUID();
    const ref = await openGate(title, agentId);
    const address = ['--address', stack.address];
    const workflowId = ref.slice(0, ref.lastIndexOf('#'));
    for (const command of [
      ['gate', 'list', '--agent', agentId],
      ['gate', 'show', ref],
      ['run', 'show', workflowId],
    ]) {
      const { code, out } = await eventually(async () => {
        const result = await runCommand(...command, ...address);
        return result.out.includes('Pay') && result;
      });
      expect(code).toBe(0);
      expect(out).toContain('Pay \\u202e');
      expect(out).not.toMatch(unprintable);
      expect(out).not.toMatch(/^duvo-temporal/m);
    }
    const waiting = startCommandProcess('run', 'wait', workflowId, ...address);
    await eventually(() => waiting.findNotes(`${workflowId}#`));
    waiting.kill?.('SIGKILL');
    await waiting.code;
    const notes = waiting.notes.join('\n');
    expect(notes).toContain(String.raw`waiting for a person: Pay \u202e0001\u202c EUR?`);
    expect(notes).not.toMatch(unprintable);
  });

  test('is escaped in a prompt', async () => {
    const session = startInTerminal(['gate', 'answer', await openGate(title), '--address', stack.address]);
    await eventually(() => session.shown().includes('EUR?'));
    session.type('n\r');
    expect(await session.code).toBe(0);
    expect(session.shown()).toContain(String.raw`Pay \u202e0001\u202c EUR?\u001b[2K duvo-temporal gate answer forged`);
  });

  test('is escaped as JSON on a terminal, and stays the same value', async () => {
    const ref = await openGate(title);
    const session = startInTerminal(['gate', 'show', ref, '--json', '--address', stack.address]);
    expect(await session.code).toBe(0);
    expect(session.shown().trim()).not.toMatch(unprintable);
    expect(JSON.parse(session.shown())).toMatchObject({ title });
  });

  test('is escaped in an error', async () => {
    const { code, notes } = await runCommand('gate', 'show', title, '--address', stack.address);
    expect(code).toBe(2);
    expect(notes).not.toMatch(unprintable);
    const missing = await runCommand('gate', 'show', `${title}#g`, '--address', stack.address);
    expect(missing.code).toBe(5);
    expect(missing.notes).not.toMatch(unprintable);
  });
});
