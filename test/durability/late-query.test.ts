import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { collectRows, pageHandle } from '../support/batches';
import { duvo, setUpDuvoWorkflows, stack } from '../support/duvo-workflows';
import { eventually, QUICK_WATCH, waitForIdlePoll, waitForOpenGate, workflowBundle } from '../support/stack';

setUpDuvoWorkflows();

/** Whether the history has an event of this kind, for example `timerFired`. */
async function hasEvent(handle: WorkflowHandle, kind: string): Promise<boolean> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).some((event) => Object.entries(event).some(([k, v]) => k === `${kind}EventAttributes` && v));
}

/**
 * Stops the workers, sends queries, and starts the workers when the events have happened. A worker then gets a query together
 * with the events, which it applies before their workflow task starts, at the time of the task before.
 */
async function queryWhile(
  handle: WorkflowHandle,
  makeEvents: () => Promise<unknown>,
  queryType = 'runState',
): Promise<void> {
  await stack.stopWorkers();
  const queries = Array.from({ length: 20 }, () => handle.query(queryType));
  const answered = Promise.allSettled(queries);
  await makeEvents();
  await stack.startWorkers();
  await answered;
}

async function queryWhileTimerFires(handle: WorkflowHandle): Promise<void> {
  await eventually(() => hasEvent(handle, 'timerStarted'));
  await queryWhile(handle, () => eventually(() => hasEvent(handle, 'timerFired')));
}

async function replay(handle: WorkflowHandle): Promise<void> {
  await Worker.runReplayHistory({ workflowBundle: workflowBundle() }, await handle.fetchHistory(), handle.workflowId);
}

/** Starts a workflow that attaches to a running run, and whose next poll, unless it is requested, is far away. */
function attach(agentId: string, deadline: string): Promise<WorkflowHandle> {
  stack.simulator.script(agentId, { steps: [{ status: 'running' }] });
  const runId = stack.simulator.startInDuvo(agentId);
  return stack.start({ runId, deadline, watch: { every: [{ every: '60s' }] } });
}

async function expectDeadlineExceeded(handle: WorkflowHandle): Promise<void> {
  await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'Duvo.RunDeadlineExceeded' } });
  await replay(handle);
}

describe('a query that a worker gets together with', () => {
  test('the timer of a hint does not change what the hint does', async () => {
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

  test('the timer of a deadline does not change what the deadline does', async () => {
    const handle = await attach('late-deadline', '4s');
    // A worker that stops during a workflow task delays the next task until that task has timed out.
    await waitForIdlePoll(handle);
    await queryWhileTimerFires(handle);
    await expectDeadlineExceeded(handle);
  }, 60_000);

  test('the timer of a hint, before a deadline that has passed since, does not change what the deadline does', async () => {
    const startedAt = Date.now();
    const handle = await attach('late-hint-and-deadline', '3s');
    await handle.signal('hint', {});
    await eventually(() => hasEvent(handle, 'timerStarted'));
    await queryWhile(handle, () => eventually(() => Promise.resolve(Date.now() - startedAt > 4_000)));
    await expectDeadlineExceeded(handle);
  }, 60_000);

  test('the timer of a gate does not change what the policy does', async () => {
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

  test('the end of an item does not change whether the next item replaces a run that failed meanwhile', async () => {
    stack.simulator.script('late-item', { steps: [{ status: 'running' }] });
    const keys = [randomUUID(), randomUUID()] as const;
    const template = { agentId: 'late-item', message: 'Read', watch: QUICK_WATCH };
    const items = keys.map((key) => ({ key }));
    const batch = await duvo.batches.start(items, { template: { run: template }, keyField: 'key', concurrency: 1 });
    const first = stack.client.workflow.getHandle(`duvo-run-${keys[0]}`);
    await eventually(() =>
      duvo.runs
        .get(first.workflowId)
        .state()
        .then(
          ({ runId }) => runId,
          () => undefined,
        ),
    );
    const page = pageHandle(stack, batch);
    const endBoth = async () => {
      const { workflowId } = await duvo.runs.start({ key: keys[1], ...template });
      await stack.client.workflow.getHandle(workflowId).terminate();
      await first.terminate();
      await eventually(() => hasEvent(page, 'childWorkflowExecutionTerminated'));
    };
    await queryWhile(page, endBoth, 'pageState');
    await eventually(() => stack.simulator.runs.filter(({ agentId }) => agentId === 'late-item').length === 2);
    await duvo.runs.get(`duvo-run-${keys[1]}`).cancel();
    await batch.result();
    expect(await collectRows(batch)).toMatchObject([{ status: 'failed' }, { status: 'canceled' }]);
    await replay(page);
  }, 60_000);
});
