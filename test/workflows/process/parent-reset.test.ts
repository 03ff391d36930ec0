import { randomUUID } from 'node:crypto';
import type { AgentRunResult, RunState } from '../../../contract/runs';
import { eventually, waitForOpenGate, QUICK_WATCH, type Stack, startStack } from '../../support/stack';

let honours: Stack;
let ignores: Stack;
beforeAll(async () => {
  [honours, ignores] = await Promise.all([startStack(), startStack({ simulator: { idempotencyKeyMode: 'ignore' } })]);
});
afterAll(() => Promise.all([honours.stop(), ignores.stop()]));

/** Returns a handle of a parent's open child workflow. */
async function childOf({ client }: Stack, workflowId: string) {
  const { childId, runId } = await eventually(async () => {
    const { raw } = await client.workflow.getHandle(workflowId).describe();
    const { workflowId: childId, runId } = raw.pendingChildren?.[0] ?? {};
    return childId && runId ? { childId, runId } : undefined;
  });
  return client.workflow.getHandle(childId, runId);
}

// In the parent's history, event 3 starts the first workflow task, event 4 completes it, event 5 initiates the child,
// and event 6 reports the child's start.
test.each([
  ['before the child was initiated, and Duvo honours keys', 4, () => honours],
  ['before the child was initiated, and Duvo ignores keys', 4, () => ignores],
  ['after the child was initiated', 8, () => ignores],
] as const)('a parent that is reset %s adopts the same Duvo run, with one start', async (what, eventId, getStack) => {
  const stack = getStack();
  const agentId = `parent ${what}`;
  stack.simulator.script(agentId, {
    steps: [{ ask: { type: 'approval', title: 'x' } }, { end: 'completed' }],
    lastMessage: 'once',
  });
  const parent = await stack.client.workflow.start('parentOfOne', {
    taskQueue: stack.taskQueue,
    workflowId: `parent-${randomUUID()}`,
    args: [{ agentId, watch: QUICK_WATCH, apiTaskQueue: stack.apiTaskQueue }],
  });
  const child = await childOf(stack, parent.workflowId);
  const gate = await waitForOpenGate(child);
  await stack.client.workflowService.resetWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId: parent.workflowId, runId: parent.firstExecutionRunId },
    reason: 'test',
    requestId: randomUUID(),
    workflowTaskFinishEventId: eventId as never,
  });
  const again = stack.client.workflow.getHandle(parent.workflowId);
  await eventually(async () => (await again.describe()).runId !== parent.firstExecutionRunId);
  const heir = await childOf(stack, parent.workflowId);
  expect(heir.workflowId).toBe(child.workflowId);
  expect((await waitForOpenGate(heir)).gateId).toBe(gate.gateId);
  // A child that was initiated before the reset point remains the child of the parent.
  const start = eventId === 8 ? 'started' : 'adopted';
  expect(await heir.query<RunState>('runState')).toMatchObject({ start });
  await heir.executeUpdate('submitAnswer', { args: [{ gateId: gate.gateId, approved: true, by: 'alice' }] });
  expect((await again.result()) as AgentRunResult).toMatchObject({ output: 'once', status: 'completed' });
  expect(stack.simulator.runs.filter((run) => run.agentId === agentId)).toHaveLength(1);
});

test('a run that is reset to its beginning after its end adopts its Duvo run when Duvo ignores keys', async () => {
  const agentId = 'reset itself';
  ignores.simulator.script(agentId, { steps: [{ end: 'completed' }], lastMessage: 'once' });
  const run = await ignores.start({ agentId, message: 'read it' });
  await run.result();
  await ignores.client.workflowService.resetWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId: run.workflowId, runId: (await run.describe()).runId },
    reason: 'test',
    requestId: randomUUID(),
    workflowTaskFinishEventId: 4 as never,
  });
  const again = ignores.client.workflow.getHandle(run.workflowId);
  expect(await again.result()).toMatchObject({ output: 'once', start: 'adopted' });
  expect(ignores.simulator.runs.filter((one) => one.agentId === agentId)).toHaveLength(1);
});
