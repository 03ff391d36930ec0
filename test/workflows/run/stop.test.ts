import type { WorkflowHandle } from '@temporalio/client';
import type { RunState } from '../../../contract/runs';
import type { Scenario } from '../../../testing';
import { concurrentTests } from '../../support/jest/concurrent-tests';
import { failureOf } from '../../support/failures';
import { eventually, type Stack, startStack, waitForIdlePoll } from '../../support/stack';

const test = concurrentTests();

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

const state = (handle: WorkflowHandle) => handle.query<RunState>('runState');
const memoOf = async (handle: WorkflowHandle) => (await handle.describe()).memo ?? {};
/** Starts a run that is polled only when something requests a poll, and waits for the poll that follows the start. */
async function startQuiet(agentId: string, steps: Scenario['steps']): Promise<WorkflowHandle> {
  stack.simulator.script(agentId, { steps });
  const handle = await stack.start({ agentId, watch: { every: [{ every: '60s' }] } });
  await waitForIdlePoll(handle);
  return handle;
}
const stopSent = (agentId: string) =>
  stack.simulator.waitFor((entry) => entry.operation === 'stop' && entry.agentId === agentId);

test.each(['pending', 'needs_attention'])(
  'a cancellation of a run that is %s shows what it waits for, and stops the run as soon as Duvo can stop it',
  async (status) => {
    // Polls before the run is running: of the watch, before the first stop, and after it.
    const handle = await startQuiet(status, [{ status, polls: 3 }, { status: 'running' }]);
    await handle.cancel();
    const { stopping } = await eventually(async () => {
      const current = await state(handle);
      return current.stopping?.waitsWhile !== undefined && current;
    });
    expect(stopping).toEqual({
      since: expect.any(String) as string,
      waitsWhile: status,
      until: new Date(Date.parse(stopping?.since ?? '') + 24 * 3_600_000).toISOString(),
    });
    expect(await memoOf(handle)).toMatchObject({ duvoStopping: stopping });
    await waitForIdlePoll(handle);
    await handle.signal('hint', {});
    await failureOf(handle.result());
    expect(await state(handle)).toMatchObject({ status: 'canceled', cancel: 'confirmed' });
    expect(await state(handle)).not.toHaveProperty('stopping');
    expect(await memoOf(handle)).not.toHaveProperty('duvoStopping');
    expect(stack.simulator.runs.find(({ agentId }) => agentId === status)).toMatchObject({ status: 'canceled' });
  },
);

test.each([400, 403])(
  'a stop that a proxy answers with a %i page is repeated, and the run is stopped',
  async (status) => {
    const agentId = `page-${status}`;
    const handle = await startQuiet(agentId, [{ status: 'running' }]);
    const effect = { status, body: '<html>' };
    const fault = stack.simulator.addFault({ operation: 'stop', agentId, times: 2, effect });
    await handle.cancel();
    await failureOf(handle.result());
    expect((await state(handle)).cancel).toBe('confirmed');
    expect(fault.hits).toBe(2);
  },
);

test('a run that cannot be read is stopped, and the outcome is known when it can be read again', async () => {
  const agentId = 'unreadable';
  const handle = await startQuiet(agentId, [{ status: 'running' }]);
  const fault = stack.simulator.addFault({ operation: 'get', agentId, times: Infinity, effect: { status: 503 } });
  await handle.cancel();
  await stopSent(agentId);
  const { stopping } = await eventually(async () => {
    const current = await state(handle);
    return current.fault !== undefined && current;
  });
  expect(stopping).toEqual({ since: expect.any(String) as string });
  fault.remove();
  await handle.signal('hint', {});
  await failureOf(handle.result());
  expect((await state(handle)).cancel).toBe('confirmed');
});
