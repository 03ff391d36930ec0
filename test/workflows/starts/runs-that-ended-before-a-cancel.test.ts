import { randomUUID } from 'node:crypto';
import { concurrentTests } from '../../support/jest/concurrent-tests';
import { collectRows } from '../../support/batches';
import { rejectionOf } from '../../support/rejection';
import { duvo, setUpDuvoWorkflows, stack } from '../../support/duvo-workflows';
import { eventually, waitForOpenGate } from '../../support/stack';

const test = concurrentTests();

setUpDuvoWorkflows({ simulator: { idempotencyKeyMode: 'ignore' } });

/** No poll sees the end of a run before the workflow is cancelled. */
const SLOW_WATCH = { every: [{ every: '1h' }] };

const runsOf = (agentId: string) => stack.simulator.runs.filter((run) => run.agentId === agentId);

/** An agent whose runs end soon, and an input for it. */
function ending(end: 'completed' | 'failed') {
  const agentId = randomUUID();
  stack.simulator.script(agentId, { steps: [{ status: 'running', duration: '1s' }, { end }], lastMessage: 'done' });
  return { key: agentId, agentId, message: `read ${agentId}`, watch: SLOW_WATCH };
}
type Input = ReturnType<typeof ending>;

/** Starts a run, and cancels its workflow after the run has ended in Duvo. */
async function cancelAfterEnd(input: Input): Promise<void> {
  const run = await duvo.runs.start(input);
  await eventually(async () => (await run.state()).runId);
  await eventually(() => runsOf(input.agentId)[0]?.status !== 'running');
  expect(await run.cancel()).toBe('already-finished');
}

const startBatch = ({ key, agentId, message, watch }: Input) =>
  duvo.batches.start([{ key }], { template: { run: { agentId, message, watch } }, keyField: 'key' });

describe('a run that had completed in Duvo when its workflow was cancelled', () => {
  test('is the run of the next workflow of its key, which returns its output', async () => {
    const input = ending('completed');
    await cancelAfterEnd(input);
    const next = await duvo.runs.start(input);
    expect(await next.result()).toMatchObject({ status: 'completed', output: 'done', start: 'attached' });
    expect(runsOf(input.agentId)).toHaveLength(1);
  });

  test('keeps its key from another input', async () => {
    const input = ending('completed');
    await cancelAfterEnd(input);
    const other = { ...input, message: 'something else' };
    expect(await rejectionOf(duvo.runs.start(other))).toMatchObject({ name: 'KeyConflictError' });
    const batch = await startBatch(other);
    expect(await batch.result()).toMatchObject({ failed: 1 });
    expect(await collectRows(batch)).toMatchObject([{ type: 'Duvo.KeyConflict' }]);
    expect(runsOf(input.agentId)).toHaveLength(1);
  });

  test('is the completed item of the next batch with its key', async () => {
    const input = ending('completed');
    const first = await startBatch(input);
    const [runId] = await eventually(() => {
      const ended = runsOf(input.agentId).filter(({ status }) => status === 'completed');
      return ended.length > 0 && ended.map(({ id }) => id);
    });
    expect(await first.cancel()).toMatchObject({ completed: 1 });
    const second = await startBatch(input);
    expect(await second.result()).toMatchObject({ completed: 1, alreadyStarted: 1 });
    expect(await collectRows(second)).toMatchObject([{ status: 'completed', runId }]);
    expect(runsOf(input.agentId)).toHaveLength(1);
  });
});

describe('a new run is started', () => {
  test('after a cancelled workflow whose run had failed in Duvo', async () => {
    const input = ending('failed');
    await cancelAfterEnd(input);
    stack.simulator.script(input.agentId, { steps: [{ end: 'completed' }], lastMessage: 'again' });
    const next = await duvo.runs.start({ ...input, message: 'something else' });
    expect(await next.result()).toMatchObject({ output: 'again', start: 'started' });
  });

  test('after a cancelled workflow whose run completed because the cancel denied its approval', async () => {
    const input = { ...ending('completed'), watch: { every: [{ every: 200 }], atGate: 200 } };
    stack.simulator.script(input.agentId, {
      steps: [{ ask: { type: 'approval', title: 'Pay?' } }, { end: 'completed' }],
      lastMessage: 'not paid',
    });
    const first = await duvo.runs.start(input);
    await waitForOpenGate(stack.client.workflow.getHandle(first.workflowId));
    expect(await first.cancel()).toBe('already-finished');
    stack.simulator.script(input.agentId, { steps: [{ end: 'completed' }], lastMessage: 'paid' });
    const next = await duvo.runs.start(input);
    expect(await next.result()).toMatchObject({ output: 'paid', start: 'started' });
  });
});
