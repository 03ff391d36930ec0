import { randomUUID } from 'node:crypto';
import { Client } from '@temporalio/client';
import { DuvoWorkflows } from '../../client';
import { rejectionOf } from '../support/rejection';
import { firstGate, scriptedInput } from '../support/runs/scripted-runs';
import { eventually, type Stack, startStack } from '../support/stack';
import type { asksOf, continuesAsking } from '../support/workflows/processes';

let stack: Stack;
let duvo: DuvoWorkflows;
/** Happens once between two requests of `interrupted`: after its next description, or before its next cancel. */
let betweenRequests: (() => Promise<void>) | undefined;
const happen = async () => {
  const happens = betweenRequests;
  betweenRequests = undefined;
  await happens?.();
};
let interrupted: DuvoWorkflows;
beforeAll(async () => {
  stack = await startStack();
  duvo = new DuvoWorkflows(stack.client, stack);
  const client = new Client({
    connection: stack.client.connection,
    interceptors: {
      workflow: [
        {
          async describe(input, next) {
            const description = await next(input);
            await happen();
            return description;
          },
          async cancel(input, next) {
            await happen();
            return next(input);
          },
        },
      ],
    },
  });
  interrupted = new DuvoWorkflows(client, stack);
});
afterAll(() => stack?.stop());

const startProcess = (type: string, workflowId: string, args: unknown[]) =>
  stack.client.workflow.start(type, { taskQueue: stack.taskQueue, workflowId, args });

test('a cancel reaches a process that continues as new at the same moment', async () => {
  const key = randomUUID();
  const args: Parameters<typeof continuesAsking> = [{ again: false }];
  const process = await interrupted.processes.start<typeof continuesAsking>('continuesAsking', { args, key });
  const latest = stack.client.workflow.getHandle(process.workflowId);
  const { runId: firstRunId } = await latest.describe();
  betweenRequests = async () => {
    await latest.signal('goOn');
    await eventually(async () => (await latest.describe()).runId !== firstRunId);
  };
  expect(await process.cancel({ timeoutMs: 20_000 })).toBe('CANCELLED');
  expect(betweenRequests).toBeUndefined();
});

test('a cancel does not reach a process that the same id starts at the same moment', async () => {
  const workflowId = randomUUID();
  const first = await startProcess('testItem', workflowId, [{ n: 1, waits: true }]);
  betweenRequests = async () => {
    await first.terminate();
    await startProcess('testItem', workflowId, [{ n: 2, waits: true }]);
  };
  expect(await interrupted.processes.get(workflowId).cancel()).toBe('TERMINATED');
  const later = stack.client.workflow.getHandle(workflowId);
  expect((await later.describe()).status.name).toBe('RUNNING');
  await later.terminate();
});

test('a cancel of a batch that has completed returns its result, not that of a batch that the same id starts meanwhile', async () => {
  const options = { key: randomUUID(), template: { workflow: { type: 'testItem' } } };
  const { workflowId } = await duvo.batches.start([{ n: 1 }], options);
  await duvo.batches.get(workflowId).result();
  const [input] = (await stack.client.workflow.getHandle(workflowId).fetchHistory()).events ?? [];
  const { workflowType } = input?.workflowExecutionStartedEventAttributes ?? {};
  betweenRequests = async () => {
    const args = [{ template: options.template, items: [{ n: 1 }, { n: 2 }], apiTaskQueue: stack.apiTaskQueue }];
    await startProcess(workflowType?.name ?? '', workflowId, args);
  };
  expect(await interrupted.batches.get(workflowId).cancel()).toMatchObject({ items: 1, completed: 1 });
  await duvo.batches.get(workflowId).result();
});

test('a description of a failed process does not take the end of a process that the same id starts meanwhile', async () => {
  const workflowId = randomUUID();
  const failed = await startProcess('testItem', workflowId, [{ n: 1, fails: true }]);
  await rejectionOf(failed.result());
  betweenRequests = async () => {
    await (await startProcess('testItem', workflowId, [{ n: 2 }])).result();
  };
  expect(await interrupted.processes.get(workflowId).describe()).toMatchObject({
    status: 'FAILED',
    error: { type: 'TestItemFailed' },
  });
});

test('a description of a failed run has the failure of this run, not of one that the same key starts meanwhile', async () => {
  const same = scriptedInput(stack, { steps: [{ end: 'failed' }] });
  const { runId } = (await rejectionOf((await duvo.runs.start(same)).result())) as Error & { runId?: string };
  betweenRequests = async () => {
    await rejectionOf((await duvo.runs.start(same)).result());
  };
  const description = await interrupted.runs.get(`duvo-run-${same.key}`).describe();
  expect(description).toMatchObject({ status: 'FAILED', error: { runId } });
});

test('a process object reads the gates of its own execution, not those of a later one with the same key', async () => {
  const key = randomUUID();
  const start = () =>
    duvo.processes.start<typeof asksOf>('asksOf', { args: [[{ id: 'pay', title: 'Pay?', rethrow: true }]], key });
  const first = await start();
  await eventually(async () => (await first.gates()).length > 0);
  await first.cancel();
  const second = await start();
  expect(second.attached).toBe(false);
  await eventually(async () => (await second.gates())[0]?.status === 'open');
  expect(await first.gates()).toMatchObject([{ gateId: 'pay', status: 'closed', outcome: 'withdrawn' }]);
  await second.cancel();
});

test('the result of a run has the type of its output: the given type with a schema, a text without one', async () => {
  const reads = scriptedInput(stack, { steps: [{ end: 'completed' }], lastMessage: '{"total": 12}' });
  const output = { schema: { type: 'object', required: ['total'] } };
  const checked = await duvo.runs.start<{ total: number }>({ ...reads, output });
  const total: number = (await checked.result()).output.total;
  expect(total).toBe(12);

  const { key, agentId, watch } = scriptedInput(stack, { steps: [{ end: 'completed' }], lastMessage: 'done' });
  const unchecked = await duvo.runs.start({ key, agentId, watch });
  const text: string = (await unchecked.result()).output;
  expect(text).toBe('done');

  const asks = scriptedInput(stack, { steps: [{ ask: { type: 'approval', title: 'Pay?' } }, { end: 'completed' }] });
  const { workflowId } = await duvo.runs.start(asks);
  await firstGate(duvo, asks.agentId);
  const { runId = '' } = await duvo.runs.get(workflowId).state();
  const attached = await duvo.runs.attach<{ total: number }>(runId, { output });
  expect(attached.workflowId).toBe(`duvo-attach-${runId}`);
  await attached.cancel();
});
