import { randomUUID } from 'node:crypto';
import { defineSearchAttributeKey, SearchAttributeType, TypedSearchAttributes } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { findClaimedRuns } from '../../../activities/starts/search/claimed-runs';
import { SearchAttributes } from '../../../contract/names';
import { eventually, QUICK_WATCH, type Stack, startStack } from '../../support/stack';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ simulator: { idempotencyKeyMode: 'ignore' } });
});
afterAll(() => stack.stop());

test('a start whose response was lost adopts its run, although a process has attached to that run', async () => {
  const { simulator, client, taskQueue, apiTaskQueue } = stack;
  const agentId = 'attached meanwhile';
  simulator.script(agentId, { steps: [{ status: 'running', polls: 1 }, { end: 'completed' }] });
  simulator.addFault({ operation: 'start', agentId, effect: { dropResponse: true } });
  const held = simulator.addFault({ operation: 'list', effect: { hold: 'before' }, times: Infinity });
  const lost = await stack.start({ agentId, message: 'read it' });
  await simulator.waitFor(({ operation }) => operation === 'list');
  const runId = simulator.runs[0]?.id;
  const process = await client.workflow.start('parentOfOne', {
    taskQueue,
    workflowId: `attaches-${randomUUID()}`,
    args: [{ runId, watch: QUICK_WATCH, apiTaskQueue }],
  });
  await eventually(async () => (await client.workflow.count(`DuvoRunId = '${runId}'`)).count > 0);
  held.remove();
  expect(await lost.result()).toMatchObject({ runId, start: 'adopted' });
  expect(simulator.runs).toHaveLength(1);
  expect(await process.result()).toMatchObject({ runId, start: 'attached' });
});

test('a run whose id has quotation marks belongs to the workflow that started it', async () => {
  const { client } = stack;
  const runId = `it's ${randomUUID()}'s run`;
  const owner = await client.workflow.start('not run by any worker', {
    taskQueue: `none-${randomUUID()}`,
    workflowId: `owner-${randomUUID()}`,
    typedSearchAttributes: new TypedSearchAttributes([
      { key: defineSearchAttributeKey(SearchAttributes.runId, SearchAttributeType.KEYWORD), value: runId },
    ]),
  });
  const workflowExecution = { workflowId: 'another', runId: 'another' };
  const environment = new MockActivityEnvironment({ workflowExecution }, { client });
  const claimed = () =>
    environment.run<[string[]], ReadonlySet<string>, typeof findClaimedRuns>(findClaimedRuns, [runId, 'unknown']);
  await eventually(async () => (await claimed()).has(runId));
  await owner.terminate();
});
