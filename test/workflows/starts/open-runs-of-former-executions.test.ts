import { randomUUID } from 'node:crypto';
import { DuvoWorkflows } from '../../../client';
import type { RunState } from '../../../contract/runs';
import { concurrentTests } from '../../support/jest/concurrent-tests';
import { rejectionOf } from '../../support/rejection';
import { eventually, QUICK_WATCH, type Stack, startStack } from '../../support/stack';

const test = concurrentTests();

let stack: Stack;
let duvo: DuvoWorkflows;
/** A client whose runs are served by no worker of activities, so that their workflows send nothing to Duvo. */
let unserved: DuvoWorkflows;
beforeAll(async () => {
  stack = await startStack({ simulator: { idempotencyKeyMode: 'ignore' } });
  duvo = new DuvoWorkflows(stack.client, stack);
  unserved = new DuvoWorkflows(stack.client, { ...stack, apiTaskQueue: `nobody-${randomUUID()}` });
});
afterAll(() => stack.stop());

const runsOf = (agentId: string) => stack.simulator.runs.filter((run) => run.agentId === agentId);

/** An agent that works until it is stopped, and an input for it. */
function working(extra: object = {}) {
  const agentId = randomUUID();
  stack.simulator.script(agentId, { steps: [{ status: 'running' }] });
  return { key: agentId, agentId, message: `read ${agentId}`, watch: QUICK_WATCH, ...extra };
}
type Input = ReturnType<typeof working>;

const knownRun = (workflowId: string): Promise<RunState> =>
  eventually(async () => {
    const state = await stack.client.workflow.getHandle(workflowId).query<RunState>('runState');
    return state.runId !== undefined && state;
  });

/** Starts a run whose workflow is then terminated, so that the run stays open in Duvo. */
async function leaveOpen(input: Input): Promise<string> {
  const { workflowId } = await duvo.runs.start(input);
  await knownRun(workflowId);
  await stack.client.workflow.getHandle(workflowId).terminate();
  return workflowId;
}

/** Waits until the workflow has scheduled the check of its output schema, which nobody serves. */
const schemaCheckPending = (workflowId: string) =>
  eventually(async () => {
    const { raw } = await stack.client.workflow.getHandle(workflowId).describe();
    return raw.pendingActivities?.some(({ activityType }) => activityType?.name === 'checkOutput');
  });

async function expectAttached(input: Input): Promise<void> {
  const next = await duvo.runs.start(input);
  expect(await knownRun(next.workflowId)).toMatchObject({ start: 'attached' });
  expect(runsOf(input.agentId)).toHaveLength(1);
  expect(await next.cancel()).toBe('confirmed');
}

describe('an open run of a key is inherited', () => {
  const output = { schema: { type: 'object' } };

  test('after a workflow that was cancelled before it had sent a start', async () => {
    const input = working({ output });
    await leaveOpen(input);
    const second = await unserved.runs.start(input);
    await schemaCheckPending(second.workflowId);
    expect(await second.cancel()).toBe('unconfirmed');
    await expect(duvo.runs.start({ ...input, message: 'something else' })).rejects.toThrow('another input');
    await expectAttached(input);
  });

  test('after a workflow whose input was invalid, which does not give the key to another input', async () => {
    const input = working();
    const workflowId = await leaveOpen(input);
    const args = [{ ...input, key: undefined, watch: 'often' }];
    const invalid = await stack.client.workflow.start('agentRun', { workflowId, taskQueue: stack.taskQueue, args });
    expect(await rejectionOf(invalid.result())).toMatchObject({ cause: { type: 'Duvo.InvalidInput' } });
    expect(await duvo.runs.get(workflowId).cancel()).toBe('unconfirmed');
    await expect(duvo.runs.start({ ...input, message: 'something else' })).rejects.toThrow();
    await stack.client.workflow.start('agentRun', {
      ...{ workflowId, taskQueue: stack.taskQueue },
      args: [{ ...input, key: undefined, apiTaskQueue: stack.apiTaskQueue }],
    });
    expect(await knownRun(workflowId)).toMatchObject({ start: 'attached' });
    expect(runsOf(input.agentId)).toHaveLength(1);
  });

  test('after an execution of another input that has ended', async () => {
    const input = working();
    const workflowId = await leaveOpen(input);
    const failing = randomUUID();
    stack.simulator.script(failing, { steps: [{ end: 'failed' }] });
    const other = await stack.start({ agentId: failing, message: 'post' }, { workflowId });
    expect(await rejectionOf(other.result())).toMatchObject({ cause: { type: 'Duvo.RunFailed' } });
    await expectAttached(input);
  });
});

describe('a key with nothing open in Duvo', () => {
  test('is free for another input when its only workflow was cancelled before it had sent a start', async () => {
    const input = working({ output: { schema: { type: 'object' } } });
    const first = await unserved.runs.start(input);
    await schemaCheckPending(first.workflowId);
    expect(await first.cancel()).toBe('confirmed');
    const next = await duvo.runs.start({ ...input, message: 'something else' });
    expect(await knownRun(next.workflowId)).toMatchObject({ start: 'started' });
    await next.cancel();
  });

  test('is free for another input after a deadline that passed while the output schema was checked', async () => {
    const input = working({ output: { schema: { type: 'object' } } });
    const first = await unserved.runs.start({ ...input, deadline: '1s' });
    expect(await rejectionOf(first.result())).toMatchObject({
      type: 'Duvo.RunDeadlineExceeded',
      message: expect.stringContaining('the input could not be checked') as string,
      stopOutcome: 'confirmed',
    });
    expect(runsOf(input.agentId)).toEqual([]);
    const next = await duvo.runs.start({ ...input, message: 'something else' });
    expect(await knownRun(next.workflowId)).toMatchObject({ start: 'started' });
    await next.cancel();
  });

  test('is free for another input after invalid inputs, also when a run of the key has failed before', async () => {
    const input = working();
    const agentId = randomUUID();
    stack.simulator.script(agentId, { steps: [{ end: 'failed' }] });
    await rejectionOf((await duvo.runs.start({ ...input, agentId })).result());
    for (const every of ['soon', 'later']) {
      const invalid = await duvo.runs.start({ ...input, watch: { every: [{ every }] } });
      expect(await rejectionOf(invalid.result())).toMatchObject({ type: 'Duvo.InvalidInput' });
      expect(await invalid.cancel()).toBe('already-finished');
    }
    const next = await duvo.runs.start(input);
    expect(await knownRun(next.workflowId)).toMatchObject({ start: 'started' });
    await next.cancel();
  });
});
