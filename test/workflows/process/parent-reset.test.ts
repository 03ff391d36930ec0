import type { AgentRunResult, RunState } from '../../../contract/runs';
import { eventually, waitForOpenGate, QUICK_WATCH, type Stack, startStack } from '../../support/stack';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

/** Returns a handle of a parent's open child workflow. */
async function childOf(workflowId: string) {
  const childId = await eventually(async () => {
    const { raw } = await stack.client.workflow.getHandle(workflowId).describe();
    const child = raw.pendingChildren?.[0];
    return (child?.runId && child.workflowId) || undefined;
  });
  return stack.client.workflow.getHandle(childId);
}

// In the parent's history, event 3 starts the first workflow task, event 4 completes it, event 5 initiates the child,
// and event 6 reports the child's start.
test.each([
  ['before the child was initiated', 4],
  ['after the child was initiated', 8],
])('a parent that is reset %s adopts the same Duvo run, with one start', async (what, eventId) => {
  const agentId = `parent ${what}`;
  stack.simulator.script(agentId, {
    steps: [{ ask: { type: 'approval', title: 'x' } }, { end: 'completed' }],
    lastMessage: 'once',
  });
  const parent = await stack.client.workflow.start('parentOfOne', {
    taskQueue: stack.taskQueue,
    workflowId: `parent-${eventId}-${Date.now()}`,
    args: [{ agentId, watch: QUICK_WATCH, apiTaskQueue: stack.apiTaskQueue }],
  });
  const child = await childOf(parent.workflowId);
  const gate = await waitForOpenGate(child);
  // Duvo's clock has whole seconds. So the second start can recognise the run as older only some seconds after the run
  // was created.
  await eventually(() => Date.now() > Date.parse(gate.openedAt) + 8_000);
  await stack.client.workflowService.resetWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId: parent.workflowId, runId: parent.firstExecutionRunId },
    reason: 'test',
    requestId: `reset-${Date.now()}`,
    workflowTaskFinishEventId: eventId as never,
  });
  const again = stack.client.workflow.getHandle(parent.workflowId);
  await eventually(async () => (await again.describe()).runId !== parent.firstExecutionRunId);
  const heir = await childOf(parent.workflowId);
  expect((await waitForOpenGate(heir)).gateId).toBe(gate.gateId);
  // A child that was initiated before the reset point remains the child of the parent.
  const start = heir.workflowId === child.workflowId ? 'started' : 'adopted';
  expect(await heir.query<RunState>('runState')).toMatchObject({ start });
  await heir.executeUpdate('submitAnswer', { args: [{ gateId: gate.gateId, approved: true, by: 'alice' }] });
  expect((await again.result()) as AgentRunResult).toMatchObject({ output: 'once', status: 'completed' });
  expect(stack.simulator.runs.filter((run) => run.agentId === agentId)).toHaveLength(1);
});
