import { randomUUID } from 'node:crypto';
import type { ReadFault } from '../../../client';
import { DuvoWorkflows } from '../../../client';
import { textWidth } from '../../../cli/terminal/text';
import { runCommand, runProcess, startCommand } from '../../support/command-line';
import { scriptedInput } from '../../support/runs/scripted-runs';
import { eventually, type Stack, startStack } from '../../support/stack';

let stack: Stack;
let workflowId: string;
let agentId: string;
/** As `run list --json` and `run show --json` print it. */
type Shown = { workflowId: string; fault?: ReadFault };

beforeAll(async () => {
  stack = await startStack();
  const duvo = new DuvoWorkflows(stack.client, stack);
  const input = scriptedInput(stack, { steps: [{ status: 'running' }] }, `fault-${randomUUID()}`);
  ({ workflowId } = await duvo.runs.start(input));
  ({ agentId } = input);
  await eventually(async () => (await duvo.runs.get(workflowId).state()).status === 'running');
  const status = { status: 503, headers: { 'retry-after': '1200' } };
  stack.simulator.addFault({ operation: 'get', agentId, times: 3, effect: { status: 503 } });
  stack.simulator.addFault({ operation: 'get', agentId, times: Infinity, effect: status });
  await eventually(async () => {
    const fault = (await listed())?.fault;
    return fault && Date.parse(fault.nextPoll) - Date.now() > 600_000;
  });
});
afterAll(async () => {
  await stack.stop();
});

const command = (...args: string[]) => runCommand(...args, '--address', stack.address);
const listed = async () =>
  (await command('run', 'list', '--agent', agentId, '--json'))
    .json<Shown[]>()
    .find((one) => one.workflowId === workflowId);

test('a run that cannot be read is listed with the fault, its beginning and its next poll', async () => {
  const { fault } = (await listed()) ?? {};
  expect(fault).toMatchObject({ type: 'Duvo.ServerError', status: 503 });
  expect(Date.parse(fault?.since ?? '')).toBeLessThanOrEqual(Date.now());
  const { fault: described } = await new DuvoWorkflows(stack.client).runs.get(workflowId).describe();
  expect(described).toEqual(fault);
});

test('the list of runs has fault, age and next poll within 80 columns', async () => {
  const { out } = await runProcess(['run', 'list', '--agent', agentId, '--address', stack.address], { COLUMNS: '80' });
  const lines = out.split('\n');
  expect(lines[0]).toMatch(/ FAULT +FOR +NEXT POLL/);
  const row = lines.find((line) => /^duvo-run-fault.* 503 Server/.test(line));
  expect(row).toMatch(/503 Server\S+ +\d+ (s|min) +in \d+ min/);
  expect(lines.filter((line) => textWidth(line) > 80)).toEqual([]);
});

test('run show says why the run cannot be read, since when, when it is polled next, and what to do', async () => {
  const { out } = await command('run', 'show', workflowId);
  expect(out).toMatch(/cannot be read +Duvo\.ServerError, status 503/);
  expect(out).toMatch(/since +20\d\d-/);
  expect(out).toMatch(/next poll +in \d+ min/);
  expect(out).toMatch(/what to do +check Duvo's status/);
  const { fault } = (await command('run', 'show', workflowId, '--json')).json<Shown>();
  expect(fault).toEqual((await listed())?.fault);
});

test('run wait notes on stderr that the run cannot be read', async () => {
  const waiting = startCommand('run', 'wait', workflowId, '--address', stack.address);
  const [note] = await eventually(() => waiting.findNotes('the run cannot be read since'));
  expect(note).toContain('Duvo.ServerError');
  await stack.client.workflow.getHandle(workflowId).terminate();
  expect(await waiting.code).toBe(3);
});
