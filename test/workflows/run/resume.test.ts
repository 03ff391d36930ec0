import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import type { Scenario } from '../../../testing';
import type { AgentRunResult } from '../../../contract/runs';
import { concurrentTests } from '../../support/jest/concurrent-tests';
import { failureOf } from '../../support/failures';
import { eventually, type Stack, startStack } from '../../support/stack';

const WORK = { status: 'running', polls: 1 };
const INTERRUPTED = { end: 'interrupted' as const };
const COMPLETED = { end: 'completed' as const };

const test = concurrentTests();

let honours: Stack;
let ignores: Stack;
beforeAll(async () => {
  [honours, ignores] = await Promise.all([startStack(), startStack({ simulator: { idempotencyKeyMode: 'ignore' } })]);
});
afterAll(() => Promise.all([honours.stop(), ignores.stop()]));

function begin(stack: Stack, agentId: string, steps: Scenario['steps'], resume?: object): Promise<WorkflowHandle> {
  stack.simulator.script(agentId, { steps, lastMessage: 'done' });
  return stack.start({ agentId, ...(resume && { resume }) } as never);
}
/** Returns the requests for new messages that Duvo accepted for the agent's run. */
const messages = (stack: Stack, agentId: string) =>
  stack.simulator.ledger.filter(
    (entry) => entry.operation === 'post-message' && entry.agentId === agentId && entry.committed,
  );

test('a message resumes an interrupted run, and the time until its end is the agent’s', async () => {
  const resume = { times: 2, message: 'Go on, please' };
  const handle = await begin(honours, 'resumed', [WORK, INTERRUPTED, WORK, COMPLETED], resume);
  const result = (await handle.result()) as AgentRunResult;
  expect(result).toMatchObject({ status: 'completed', output: 'done', resumeCount: 1 });
  expect(messages(honours, 'resumed').map(({ body }) => body)).toEqual([{ message: 'Go on, please' }]);
});

test('a second interruption between two polls is noticed', async () => {
  const handle = await begin(honours, 'again', [WORK, INTERRUPTED, INTERRUPTED, INTERRUPTED, COMPLETED], { times: 5 });
  expect(await handle.result()).toMatchObject({ resumeCount: 3 });
  const sent = messages(honours, 'again');
  expect(sent.map(({ body }) => body)).toEqual(Array(3).fill({ message: 'Please continue.' }));
  expect(new Set(sent.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(3);
});

test('a run that is interrupted too often fails as without a resume policy', async () => {
  const handle = await begin(honours, 'too often', [WORK, INTERRUPTED, WORK, INTERRUPTED, COMPLETED], { times: 1 });
  expect((await failureOf(handle.result())).type).toBe('Duvo.RunInterrupted');
  expect(messages(honours, 'too often')).toHaveLength(1);
});

test.each([
  ['honours keys', () => honours],
  ['ignores keys', () => ignores],
])('a lost response to the message does not send it twice when Duvo %s', async (what, stack) => {
  const agentId = `lost, ${what}`;
  stack().simulator.addFault({ operation: 'post-message', agentId, effect: { dropResponse: true } });
  const handle = await begin(stack(), agentId, [WORK, INTERRUPTED, WORK, COMPLETED], { times: 1 });
  expect(await handle.result()).toMatchObject({ resumeCount: 1 });
  expect(messages(stack(), agentId)).toHaveLength(1);
});

test('an unreadable response to the message does not send it twice', async () => {
  ignores.simulator.addFault({ operation: 'post-message', agentId: 'unreadable', effect: { replaceBody: '<html>' } });
  const handle = await begin(ignores, 'unreadable', [WORK, INTERRUPTED, WORK, COMPLETED], { times: 1 });
  expect(await handle.result()).toMatchObject({ status: 'completed', resumeCount: 1 });
  expect(messages(ignores, 'unreadable')).toHaveLength(1);
});

test('a run that somebody in Duvo has already resumed is watched', async () => {
  const { simulator } = honours;
  const held = simulator.addFault({ operation: 'post-message', agentId: 'quicker', effect: { hold: 'before' } });
  const handle = await begin(honours, 'quicker', [INTERRUPTED, WORK, COMPLETED], { times: 1 });
  const { runId = '' } = await simulator.waitFor(
    ({ operation, agentId }) => operation === 'post-message' && agentId === 'quicker',
  );
  await fetch(`${simulator.url}/v1/runs/${runId}/messages`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${simulator.apiKey}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
    },
    body: JSON.stringify({ message: 'mine' }),
  });
  held.release();
  expect(await handle.result()).toMatchObject({ status: 'completed' });
  expect(messages(honours, 'quicker')).toHaveLength(1);
});

test('an answer by signal that comes while the run is interrupted is kept for a gate that opens after the resume', async () => {
  const { simulator } = honours;
  const agentId = 'early answer';
  const held = simulator.addFault({ operation: 'post-message', agentId, effect: { hold: 'after' } });
  const ask = { type: 'approval' as const, title: 'Pay?' };
  const handle = await begin(honours, agentId, [INTERRUPTED, { ask }, COMPLETED], { times: 1 });
  const { runId = '' } = await simulator.waitFor(
    (entry) => entry.operation === 'post-message' && entry.committed && entry.agentId === agentId,
  );
  const gateId = await eventually(() => simulator.getRun(runId).humanRequests[0]?.id);
  await handle.signal('answerGate', { gateId, approved: true, by: 'early bird' });
  held.release();
  expect(await handle.result()).toMatchObject({ gates: [{ gateId, outcome: 'approved', by: 'early bird' }] });
});

test.each([
  ['resume.times', {}],
  ['resume.times', { times: 0 }],
  ['resume.times', { times: 101 }],
  ['resume.message', { times: 1, message: '' }],
  ['resume.often', { times: 1, often: true }],
])('bad input is refused: %s', async (field, resume) => {
  const handle = await begin(honours, 'bad', [], resume);
  expect(await failureOf(handle.result())).toMatchObject({ type: 'Duvo.InvalidInput', details: [{ field }] });
});
