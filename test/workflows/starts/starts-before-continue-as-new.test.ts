import { randomUUID } from 'node:crypto';
import { Client } from '@temporalio/client';
import { readSentStart } from '../../../activities/starts/former/read-sent-start';
import type { DevServer } from '../../../workers';
import { makeContinueAsNew, startServerWithShortHistories } from '../../support/runs/continue-as-new';
import { concurrentTests } from '../../support/jest/concurrent-tests';
import { type Stack, startStack, waitForOpenGate } from '../../support/stack';

const test = concurrentTests();

let server: DevServer;
let stack: Stack;
beforeAll(async () => {
  server = await startServerWithShortHistories();
  stack = await startStack({ address: server.address });
});
afterAll(async () => {
  await stack.stop();
  await server.stop();
});

test('a start that was ambiguous before continue-as-new is ambiguous for the next workflow of the id, and is not sent', async () => {
  stack.simulator.script('left ambiguous', { steps: [{ end: 'completed' }], lastMessage: 'done' });
  stack.simulator.addFault({ operation: 'list', agentId: 'left ambiguous', effect: { status: 404 } });
  stack.simulator.addFault({ operation: 'start', agentId: 'left ambiguous', effect: { dropResponse: true } });
  const input = { agentId: 'left ambiguous', message: 'read it' };
  const handle = await stack.start(input, { workflowId: 'left-ambiguous' });
  await waitForOpenGate(handle);
  await makeContinueAsNew(handle);
  await handle.terminate();
  const next = await stack.start(input, { workflowId: 'left-ambiguous' });
  // Without a list of runs, the search cannot find the run.
  await waitForOpenGate(next);
  expect(stack.simulator.runs.filter(({ agentId }) => agentId === 'left ambiguous')).toHaveLength(1);
  await next.terminate();
});

test('a run that is reset to its beginning after continue-as-new and its end adopts its Duvo run', async () => {
  stack.simulator.script('reset', { steps: [{ ask: { type: 'approval', title: 'Pay?' } }, { end: 'completed' }] });
  const handle = await stack.start({ agentId: 'reset', message: 'read it' });
  const { gateId } = await waitForOpenGate(handle);
  const { runId } = await handle.describe();
  await makeContinueAsNew(handle);
  await handle.executeUpdate('submitAnswer', { args: [{ gateId, approved: true, by: 'alice' }] });
  await handle.result();
  await stack.client.workflowService.resetWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId: handle.workflowId, runId },
    reason: 'test',
    requestId: randomUUID(),
    workflowTaskFinishEventId: 4 as never,
  });
  expect(await stack.client.workflow.getHandle(handle.workflowId).result()).toMatchObject({ start: 'adopted' });
  expect(stack.simulator.runs.filter(({ agentId }) => agentId === 'reset')).toHaveLength(1);
});

test('the start of a long chain is found with one event of each execution between its first and its last', async () => {
  stack.simulator.script('long chain', { steps: [{ status: 'running' }] });
  const handle = await stack.start({ agentId: 'long chain' });
  const runIds = [(await handle.describe()).runId];
  while (runIds.length < 5) {
    await handle.signal('hint', { source: 'test' });
    const { runId } = await handle.describe();
    if (runId !== runIds.at(-1)) runIds.push(runId);
  }
  await handle.terminate();
  const reads: { runId: string; events: number }[] = [];
  const { workflowService } = stack.client;
  const recorder = new Client({ connection: stack.client.connection });
  Object.defineProperty(recorder, 'workflowService', {
    value: Object.create(workflowService, {
      getWorkflowExecutionHistory: {
        value: async (request: Parameters<typeof workflowService.getWorkflowExecutionHistory>[0]) => {
          const page = await workflowService.getWorkflowExecutionHistory(request);
          const runId = request.execution?.runId ?? '';
          reads.push({ runId, events: page.history?.events?.length ?? 0 });
          return page;
        },
      },
    }) as typeof workflowService,
  });
  const [firstRunId, lastRunId = ''] = [runIds[0], runIds.at(-1)];
  const start = await readSentStart(recorder, handle.workflowId, lastRunId, { needsRunId: false });
  expect(start).toMatchObject({ agentId: 'long chain' });
  const later = reads.filter(({ runId }) => runId !== firstRunId);
  expect(later).toHaveLength(runIds.length - 1);
  // The server returns the events of one transaction together.
  for (const { events } of later) expect(events).toBeLessThanOrEqual(3);
});
