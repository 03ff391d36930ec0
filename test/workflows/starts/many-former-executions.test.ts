import { randomUUID } from 'node:crypto';
import type { AgentRunResult, RunState } from '../../../contract/runs';
import { eventually, type Stack, startStack, waitForOpenGate } from '../../support/stack';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ simulator: { idempotencyKeyMode: 'ignore' } });
});
afterAll(() => stack.stop());

/** The executions that one start inspects. */
const INSPECTED = 100;

test('a person decides when the open run of a key may lie behind more executions than a start inspects', async () => {
  const agentId = randomUUID();
  stack.simulator.script(agentId, { steps: [{ status: 'running' }] });
  const workflowId = `often-${agentId}`;
  const input = { agentId, message: 'read' };
  const { workflow } = stack.client;
  const first = await stack.start(input, { workflowId });
  await eventually(async () => (await first.query<RunState>('runState')).runId);
  // No worker serves these executions, so that none of them sends a start. Each one terminates the one before it.
  for (let n = 0; n <= INSPECTED; n++)
    await workflow.start('agentRun', {
      ...{ workflowId, taskQueue: `nobody-${agentId}`, args: [input] },
      workflowIdConflictPolicy: 'TERMINATE_EXISTING',
    });
  await workflow.getHandle(workflowId).terminate();
  await eventually(
    async () => (await workflow.count(`WorkflowId = '${workflowId}' AND ExecutionStatus = 'Terminated'`)).count > 101,
  );
  const next = await stack.start(input, { workflowId });
  const gate = await waitForOpenGate(next);
  expect(gate.description).toContain(`${INSPECTED} `);
  expect(stack.simulator.runs).toHaveLength(1);
  stack.simulator.script(agentId, { steps: [{ end: 'completed' }], lastMessage: 'again' });
  const answers = { 'Which run was started?': 'start again' };
  await next.executeUpdate('submitAnswer', { args: [{ gateId: gate.gateId, answers, by: 'alice' }] });
  expect((await next.result()) as AgentRunResult).toMatchObject({ start: 'ambiguous', output: 'again' });
});
