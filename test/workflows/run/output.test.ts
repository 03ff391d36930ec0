import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import type { Duration } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import type { Scenario } from '../../../testing';
import type { OutputPolicy } from '../../../contract/run-input';
import type { AgentRunResult } from '../../../contract/runs';
import { concurrentTests, serialTest } from '../../support/jest/concurrent-tests';
import { failureOf } from '../../support/failures';
import { eventually, type Stack, startStack } from '../../support/stack';

const schema = {
  type: 'object',
  properties: { total: { type: 'number' }, lines: { type: 'array', items: { type: 'string', maxLength: 5 } } },
  required: ['total'],
  additionalProperties: false,
};
const { PENDING_ACTIVITY_STATE_CANCEL_REQUESTED: CANCEL_REQUESTED } = temporal.api.enums.v1.PendingActivityState;
const GOOD = '{"total": 12}';
const WORK = { status: 'running', polls: 1 };

const test = concurrentTests();

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

function begin(agentId: string, messages: string[], output: object = { schema }): Promise<WorkflowHandle> {
  const steps: Scenario['steps'] = messages.flatMap((text) => [WORK, { end: 'completed' as const, lastMessage: text }]);
  stack.simulator.script(agentId, { steps });
  return stack.start({ agentId, output: output as OutputPolicy });
}
/** Returns the texts of the messages that Duvo accepted for the agent's run. */
const sent = (agentId: string) =>
  stack.simulator.ledger.filter(
    (entry) => entry.operation === 'post-message' && entry.agentId === agentId && entry.committed,
  );
const texts = (agentId: string) => sent(agentId).map(({ body }) => (body as { message: string }).message);

serialTest('costly checks of attempts that Temporal has given up do not hold up later checks', async () => {
  const costly = { schema: { pattern: '^(a+)+$' }, text: JSON.stringify(`${'a'.repeat(40)}!`) };
  const check = (input: object, workflowExecutionTimeout: Duration) =>
    stack.client.workflow.start('oneCall', {
      taskQueue: stack.taskQueue,
      workflowId: `check-${randomUUID()}`,
      args: [stack.apiTaskQueue, 'checkOutput', input],
      workflowExecutionTimeout,
    });
  const abandoned = await Promise.all(Array.from({ length: 40 }, () => check(costly, '3s')));
  await Promise.allSettled(abandoned.map((handle) => handle.result()));
  expect(await (await check({ schema, text: GOOD }, '110s')).result()).toEqual({ output: { total: 12 } });
});

serialTest('a worker that restarts after a message was requested does not send it twice', async () => {
  const held = stack.simulator.addFault({ operation: 'post-message', agentId: 'restarted', effect: { hold: 'after' } });
  const handle = await begin('restarted', ['?', GOOD]);
  await stack.simulator.waitFor(({ operation, agentId }) => operation === 'post-message' && agentId === 'restarted');
  const stopped = stack.stopWorkers();
  held.release();
  await stopped;
  await stack.startWorkers();
  expect(await handle.result()).toMatchObject({ output: { total: 12 } });
  expect(sent('restarted')).toHaveLength(1);
});

test.each([
  ['the whole text', GOOD],
  ['the only JSON block', `Here it is:\n\n\`\`\`json\n${GOOD}\n\`\`\`\nAnything else?`],
])('JSON that fits the schema is in the result, parsed: %s', async (agentId, text) => {
  const handle = await begin(agentId, [text]);
  expect(await handle.result()).toMatchObject({ status: 'completed', text, output: { total: 12 } });
  expect(sent(agentId)).toEqual([]);
});

test('a message that does not fit is requested again with the reason, until one fits', async () => {
  const handle = await begin('third', ['12 EUR', '{"total": "secret"}', GOOD]);
  const result = (await handle.result()) as AgentRunResult;
  expect(result).toMatchObject({ output: { total: 12 }, text: GOOD });
  expect(result).not.toHaveProperty('resumeCount');
  const [first = '', second = ''] = texts('third');
  expect(first).toContain('- it is not JSON');
  expect(second).toContain('- /total must be number');
  expect(second).toContain(JSON.stringify(schema));
  expect(second).not.toContain('secret');
  expect(new Set(sent('third').map(({ idempotencyKey }) => idempotencyKey)).size).toBe(2);
});

test('a run without a valid message fails after the last attempt, with the problems and the last message', async () => {
  const bad = '{"lines": ["a secret line"], "other": 1}';
  const handle = await begin('never', [bad, bad, bad, GOOD], { schema, attempts: 2 });
  const failure = await failureOf(handle.result());
  expect(failure).toMatchObject({
    type: 'Duvo.OutputInvalid',
    details: [
      {
        runId: expect.any(String) as string,
        problems: [
          "/ must have required property 'total'",
          '/ must NOT have additional properties',
          '/lines/0 must NOT have more than 5 characters',
        ],
      },
    ],
  });
  const [{ lastMessage, ...others }] = failure.details as [{ lastMessage: string }];
  expect(lastMessage).toBe(bad);
  expect(JSON.stringify([failure.message, others])).not.toContain('secret');
  expect(sent('never')).toHaveLength(1);
});

test('the search for the last message ends after many pages without one, and the result has the reason', async () => {
  const agentId = 'endless';
  const replaceBody = JSON.stringify({ messages: [], total: 1_000_000, limit: 50, offset: 0 });
  const pages = stack.simulator.addFault({
    operation: 'messages',
    agentId,
    times: Infinity,
    effect: { replaceBody },
  });
  stack.simulator.script(agentId, { steps: [{ end: 'completed' }] });
  const handle = await stack.start({ agentId });
  expect(await handle.result()).toMatchObject({ status: 'completed', output: '', outputError: 'Duvo.RunUnreadable' });
  expect(pages.hits).toBeLessThan(100);
});

test('a cancellation while a read of the last message fails is not taken for an unreadable message', async () => {
  const agentId = 'cancelled while it fails';
  const effect = { hold: 'before' as const, status: 503 };
  const held = stack.simulator.addFault({ operation: 'messages', agentId, effect });
  const handle = await begin(agentId, [GOOD]);
  await eventually(() => held.hits > 0);
  await handle.cancel();
  await eventually(async () => {
    const { pendingActivities } = (await handle.describe()).raw;
    return pendingActivities?.every(({ state }) => state === CANCEL_REQUESTED);
  });
  held.release();
  expect((await failureOf(handle.result())).name).toBe('CancelledFailure');
});

test('a lost response to the message does not send the message twice', async () => {
  stack.simulator.addFault({ operation: 'post-message', agentId: 'lost', effect: { dropResponse: true } });
  const handle = await begin('lost', ['?', GOOD]);
  expect(await handle.result()).toMatchObject({ output: { total: 12 } });
  expect(sent('lost')).toHaveLength(1);
});

test('an unusable schema is refused before an agent starts to work', async () => {
  const handle = await begin('unusable', [GOOD], { schema: { type: 'nonsense' } });
  expect(await failureOf(handle.result())).toMatchObject({
    type: 'Duvo.InvalidInput',
    details: [{}, { field: 'output.schema' }],
  });
  expect(stack.simulator.runs.filter(({ agentId }) => agentId === 'unusable')).toEqual([]);
});

test.each([
  ['output.schema', {}],
  ['output.schema', { schema: [] }],
  ['output.schema', { schema: { description: 'x'.repeat(50_000) } }],
  ['output.attempts', { schema, attempts: 0 }],
  ['output.attempts', { schema, attempts: 21 }],
])('bad input is refused: %s', async (field, output) => {
  const handle = await begin('bad', [], output);
  expect(await failureOf(handle.result())).toMatchObject({ type: 'Duvo.InvalidInput', details: [{ field }] });
});
