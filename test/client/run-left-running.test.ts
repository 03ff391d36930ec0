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

describe('a workflow that fails because of a permanent error of a call', () => {
  const begin = async (polls: number, agentId: string = randomUUID()) => {
    stack.simulator.script(agentId, {
      steps: [{ status: 'running', polls }, { end: 'completed' }],
      lastMessage: 'done',
    });
    const input = { key: agentId, agentId, message: 'Read it', watch: QUICK_WATCH };
    const run = await duvo.runs.start(input);
    await stack.simulator.waitFor((entry) => entry.operation === 'get' && entry.agentId === agentId);
    stack.simulator.addFault({
      operation: 'get',
      agentId,
      effect: { replaceBody: '<html>', contentType: 'text/html' },
    });
    return {
      run,
      again: () => duvo.runs.start(input),
      ofAgent: () => stack.simulator.runs.filter((one) => one.agentId === agentId),
    };
  };

  test('stops its Duvo run, and the failure has the outcome of the stop', async () => {
    const { run, ofAgent } = await begin(30);
    await expect(run.result()).rejects.toMatchObject({ type: 'Duvo.ContractViolation', stopOutcome: 'confirmed' });
    expect(ofAgent()).toMatchObject([{ status: 'canceled' }]);
    expect(await run.cancel()).toBe('confirmed');
  });

  test('and cannot stop its Duvo run reports a cancel as unconfirmed, and the same key attaches to that run', async () => {
    const agentId = randomUUID();
    stack.simulator.addFault({ operation: 'stop', agentId, times: 20, effect: { status: 403 } });
    const { run, again, ofAgent } = await begin(8, agentId);
    await expect(run.result()).rejects.toMatchObject({ stopOutcome: 'unconfirmed' });
    expect(await run.cancel()).toBe('unconfirmed');
    const heir = await again();
    expect(await heir.result()).toMatchObject({ status: 'completed', output: 'done', start: 'attached' });
    expect(ofAgent()).toHaveLength(1);
  });
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
