import type { WorkflowHandle } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { eventually, type Stack, startStack, waitForIdlePoll, waitForOpenGate, workflowBundle } from '../support/stack';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

/** Whether the history has an event of this kind, for example `timerFired`. */
async function hasEvent(handle: WorkflowHandle, kind: string): Promise<boolean> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).some((event) => Object.entries(event).some(([k, v]) => k === `${kind}EventAttributes` && v));
}

/**
 * Stops the workers, sends queries, and starts the workers when the workflow's timer has fired. A worker then gets a query
 * together with the timer, which it applies before the workflow task of the timer starts, at the time of the task before.
 */
async function queryWhileTimerFires(handle: WorkflowHandle): Promise<void> {
  await eventually(() => hasEvent(handle, 'timerStarted'));
  await stack.stopWorkers();
  const queries = Array.from({ length: 20 }, () => handle.query('runState'));
  const answered = Promise.allSettled(queries);
  await eventually(() => hasEvent(handle, 'timerFired'));
  await stack.startWorkers();
  await answered;
}

async function replay(handle: WorkflowHandle): Promise<void> {
  await Worker.runReplayHistory({ workflowBundle: workflowBundle() }, await handle.fetchHistory(), handle.workflowId);
}

test('a query that a worker gets together with the timer of a hint does not change what the hint does', async () => {
  stack.simulator.script('late-hint', {
    steps: [{ ask: { type: 'approval', title: 'one' } }, { end: 'completed' }],
    lastMessage: 'done',
  });
  const handle = await stack.start({ agentId: 'late-hint' });
  const { gateId } = await waitForOpenGate(handle);
  await handle.signal('hint', {});
  await queryWhileTimerFires(handle);
  await handle.executeUpdate('submitAnswer', { args: [{ gateId, approved: true, by: 'ada' }] });
  expect(await handle.result()).toMatchObject({ status: 'completed' });
  await replay(handle);
}, 60_000);

test('a query that a worker gets together with the timer of a deadline does not change what the deadline does', async () => {
  stack.simulator.script('late-deadline', { steps: [{ status: 'running' }] });
  const runId = stack.simulator.startInDuvo('late-deadline');
  const handle = await stack.start({ runId, deadline: '4s', watch: { every: [{ every: '60s' }] } });
  // A worker that stops during a workflow task delays the next task until that task has timed out.
  await waitForIdlePoll(handle);
  await queryWhileTimerFires(handle);
  await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'Duvo.RunDeadlineExceeded' } });
  await replay(handle);
}, 60_000);

test('a query that a worker gets together with the timer of a gate does not change what the policy does', async () => {
  stack.simulator.script('late-gate', {
    steps: [{ ask: { type: 'approval', title: 'one' } }, { end: 'completed' }],
    lastMessage: 'done',
  });
  const handle = await stack.start({ agentId: 'late-gate', gate: { due: '3s', onTimeout: 'approve' } });
  await waitForOpenGate(handle);
  await queryWhileTimerFires(handle);
  expect(await handle.result()).toMatchObject({ status: 'completed', gates: [{ outcome: 'timed-out' }] });
  await replay(handle);
}, 60_000);
