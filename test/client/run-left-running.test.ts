import { randomUUID } from 'node:crypto';
import { DuvoWorkflows } from '../../client';
import { eventually, QUICK_WATCH, type Stack, startStack } from '../support/stack';

let stack: Stack;
let duvo: DuvoWorkflows;
beforeAll(async () => {
  stack = await startStack();
  duvo = new DuvoWorkflows(stack.client, stack);
});
afterAll(() => stack?.stop());

test('a workflow whose run cannot be read any more does not stop the run, and the same key attaches to it', async () => {
  const agentId = randomUUID();
  stack.simulator.script(agentId, {
    steps: [{ status: 'running', polls: 8 }, { end: 'completed' }],
    lastMessage: 'done',
  });
  const input = { key: agentId, agentId, message: 'Read it', watch: { ...QUICK_WATCH, faultTimeout: '1s' } };
  const fault = stack.simulator.addFault({
    operation: 'get',
    agentId,
    times: Infinity,
    effect: { replaceBody: '<html>', contentType: 'text/html' },
  });
  const run = await duvo.runs.start(input);
  await expect(run.result()).rejects.toMatchObject({ type: 'Duvo.RunUnreadable', stopOutcome: undefined });
  expect(await run.cancel()).toBe('unconfirmed');
  fault.remove();
  const heir = await duvo.runs.start(input);
  expect(await heir.result()).toMatchObject({ status: 'completed', output: 'done', start: 'attached' });
  expect(stack.simulator.runs.filter((one) => one.agentId === agentId)).toMatchObject([{ stopRequests: 0 }]);
});

test('a workflow that was terminated leaves its Duvo run to the next workflow of the key', async () => {
  const key = randomUUID();
  const input = { key, agentId: key, watch: QUICK_WATCH };
  stack.simulator.script(key, { steps: [{ ask: { type: 'approval', title: 'Go?' } }, { end: 'completed' }] });
  const run = await duvo.runs.start(input);
  await eventually(async () => (await run.state()).runId);
  await eventually(async () => {
    const { searchAttributes } = await stack.client.workflow.getHandle(run.workflowId).describe();
    return (searchAttributes as Record<string, unknown[]>)['DuvoRunId'];
  });
  await stack.client.workflow.getHandle(run.workflowId).terminate();
  const heir = await duvo.runs.start(input);
  const gate = await eventually(async () => (await heir.gates())[0]);
  await heir.answer(gate.gateId, { approved: true, by: 'alice' });
  expect(await heir.result()).toMatchObject({ status: 'completed' });
  expect(stack.simulator.runs.filter(({ agentId }) => agentId === key)).toHaveLength(1);
});
