import { randomUUID } from 'node:crypto';
import { DuvoWorkflows } from '../../../client';
import { runCommand, startCommand } from '../../support/command-line';
import { scriptedInput } from '../../support/runs/scripted-runs';
import { eventually, type Stack, startStack } from '../../support/stack';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

test('a run that needs attention in Duvo is named by run list and by run wait, until the run continues', async () => {
  const input = scriptedInput(stack, { steps: [{ status: 'running' }] }, `attention-${randomUUID()}`);
  const { agentId } = input;
  const needsAttention = { runStatus: 'needs_attention' };
  const fault = stack.simulator.addFault({ operation: 'get', agentId, times: Infinity, effect: needsAttention });
  const { workflowId } = await new DuvoWorkflows(stack.client, stack).runs.start(input);
  const list = (...flags: string[]) =>
    runCommand('run', 'list', '--agent', agentId, '--address', stack.address, ...flags);
  const isNamed = async () => (await list('--json')).json<{ needsAttention?: true }[]>()[0]?.needsAttention;
  await eventually(isNamed);
  expect((await list()).out).toMatch(/ IN DUVO .*\n.* needs_attention /);
  const waiting = startCommand('run', 'wait', workflowId, '--address', stack.address);
  const [note] = await eventually(() => waiting.findNotes('the run is needs_attention'));
  expect(note).toContain(`run show ${workflowId}`);
  fault.remove();
  await eventually(async () => (await isNamed()) === undefined);
  await stack.client.workflow.getHandle(workflowId).terminate();
  expect(await waiting.code).toBe(3);
});
