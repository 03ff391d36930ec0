import { randomUUID } from 'node:crypto';
import { DuvoWorkflows, type RunStop } from '../../../client';
import { textWidth } from '../../../cli/terminal/text';
import { runCommand, runProcess, startCommand } from '../../support/command-line';
import { scriptedInput } from '../../support/runs/scripted-runs';
import { eventually, type Stack, startStack } from '../../support/stack';

let stack: Stack;
let workflowId: string;
let agentId: string;
/** As `run list --json` and `run show --json` print it. */
type Shown = { workflowId: string; stopping?: RunStop };

beforeAll(async () => {
  stack = await startStack();
  const duvo = new DuvoWorkflows(stack.client, stack);
  const queued = { steps: [{ status: 'needs_attention' }] };
  const input = scriptedInput(stack, queued, `stop-${randomUUID()}`);
  ({ agentId } = input);
  ({ workflowId } = await duvo.runs.start(input));
  await eventually(async () => (await duvo.runs.get(workflowId).state()).status === 'needs_attention');
  await stack.client.workflow.getHandle(workflowId).cancel();
  await eventually(async () => (await listed())?.stopping);
});
afterAll(async () => {
  await stack.stop();
});

const command = (...args: string[]) => runCommand(...args, '--address', stack.address);
const listed = async () =>
  (await command('run', 'list', '--agent', agentId, '--json'))
    .json<Shown[]>()
    .find((one) => one.workflowId === workflowId);

test('a run whose stop waits is listed and described with what it waits for, since when and until when', async () => {
  const { stopping } = (await listed()) ?? {};
  expect(stopping).toEqual({
    since: expect.any(String) as string,
    waitsWhile: 'needs_attention',
    until: new Date(Date.parse(stopping?.since ?? '') + 24 * 3_600_000).toISOString(),
  });
  expect((await new DuvoWorkflows(stack.client).runs.get(workflowId).describe()).stopping).toEqual(stopping);
});

test('the list of runs has what the stop waits for, and how long, within 80 columns', async () => {
  const { out } = await runProcess(['run', 'list', '--agent', agentId, '--address', stack.address], { COLUMNS: '80' });
  const lines = out.split('\n');
  expect(lines[0]).toMatch(/ STOP WAITS WHILE +UNTIL/);
  const row = lines.find((line) => line.startsWith('duvo-run-stop'));
  expect(row).toMatch(/needs_attention +in 23 h/);
  expect(lines.filter((line) => textWidth(line) > 80)).toEqual([]);
});

test('run show says since when the run is being stopped, what the stop waits for, and how long', async () => {
  const { out } = await command('run', 'show', workflowId);
  expect(out).toMatch(/stopping since +20\d\d-.* \(\d+ (s|min)\)/);
  expect(out).toMatch(/stop waits +Duvo ignores a stop while the run is needs_attention/);
  expect(out).toMatch(/gives up +in 23 h, with the outcome unconfirmed/);
  const { stopping } = (await command('run', 'show', workflowId, '--json')).json<Shown>();
  expect(stopping).toEqual((await listed())?.stopping);
});

test('run wait and run cancel note on stderr what the stop waits for', async () => {
  const waiting = ['wait', 'cancel'].map((name) => startCommand('run', name, workflowId, '--address', stack.address));
  for (const command of waiting) {
    const [note] = await eventually(() => command.findNotes('Duvo ignores a stop while the run is needs_attention'));
    expect(note).toContain(`run show ${workflowId}`);
  }
  await stack.client.workflow.getHandle(workflowId).terminate();
  expect(await Promise.all(waiting.map(({ code }) => code))).toEqual([3, 7]);
});
