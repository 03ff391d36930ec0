import type { WorkflowHandle } from '@temporalio/client';
import type { AgentRunResult, RunFailureDetails, RunState } from '../../../contract/runs';
import type { Fault, Scenario } from '../../../testing';
import { concurrentTests } from '../../support/jest/concurrent-tests';
import { failureOf } from '../../support/failures';
import { eventually, QUICK_WATCH, type Stack, startStack } from '../../support/stack';

const test = concurrentTests();

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

const WORK = { status: 'running', polls: 3 };
const FOREVER: Scenario = { steps: [{ status: 'running' }] };
const start = (agentId: string, scenario: Scenario, input: object = {}): Promise<WorkflowHandle> => {
  stack.simulator.script(agentId, scenario);
  return stack.start({ agentId, ...input });
};
const state = (handle: WorkflowHandle) => handle.query<RunState>('runState');
const runningId = (handle: WorkflowHandle) =>
  eventually(async () => {
    const { status, runId } = await state(handle);
    return status === 'running' && runId;
  });

const HTML = '<html><body>Bad gateway</body></html>';
const FAULTS: [string, Fault['effect']][] = [
  ['HTML with status 200', { replaceBody: HTML, contentType: 'text/html' }],
  ['an empty body', { replaceBody: '' }],
  ['a body without its required field', { replaceBody: '{"run":{"id":"x"}}' }],
  ['another run, which has completed', { replaceBody: '{"run":{"id":"another","status":"completed"}}' }],
  ['401', { status: 401, body: { code: 'unauthorized', message: 'no' } }],
  ['403', { status: 403, body: { code: 'insufficient_scope', message: 'no' } }],
  ['404 with HTML', { status: 404, body: HTML }],
  ['404 with the error body of the API', { status: 404, body: { code: 'run_not_found', message: 'no' } }],
  ['null in place of the run', { runNull: true }],
  ['418', { status: 418, body: HTML }],
];

describe('a poll without a verdict', () => {
  const watch = { ...QUICK_WATCH, faultTimeout: '2s' };
  const endless = FAULTS.filter(([what]) => !/API|null/.test(what));
  const handles = new Map<string, WorkflowHandle>();
  beforeAll(async () => {
    const begin = async (when: string, [what, how]: (typeof FAULTS)[number], scenario: Scenario, times: number) => {
      const agentId = `${when}: ${what}`;
      stack.simulator.addFault({ operation: 'get', agentId, skip: 1, times, effect: how });
      handles.set(agentId, await start(agentId, scenario, { watch }));
    };
    const ends: Scenario = { steps: [WORK, { end: 'completed' }], lastMessage: 'done' };
    await Promise.all([
      ...FAULTS.map((fault) => begin('once', fault, ends, 1)),
      ...endless.map((fault) => begin('for ever', fault, FOREVER, Infinity)),
    ]);
  });
  const handleOf = (agentId: string) => handles.get(agentId) as WorkflowHandle;

  test.each(FAULTS)('does not end the run when it comes once: %s', async (what) => {
    const { runId, output } = (await handleOf(`once: ${what}`).result()) as AgentRunResult;
    expect(output).toBe('done');
    expect(stack.simulator.getRun(runId).stopRequests).toBe(0);
  });

  test.each(endless)(
    'fails the run with Duvo.RunUnreadable when it lasts, and the agent is not stopped: %s',
    async (what) => {
      const handle = handleOf(`for ever: ${what}`);
      const failure = await failureOf(handle.result());
      expect(failure.type).toBe('Duvo.RunUnreadable');
      const [{ runId = '' }] = failure.details as [RunFailureDetails];
      expect(failure.details).toMatchObject([{ runId }, { operation: 'runs.get' }]);
      expect(failure.details?.[0]).not.toHaveProperty('stopOutcome');
      expect(stack.simulator.getRun(runId)).toMatchObject({ status: 'running', stopRequests: 0 });
      const { searchAttributes } = await handle.describe();
      expect(searchAttributes).toMatchObject({ DuvoRunId: [runId] });
    },
  );

  test('fails an attached run with Duvo.RunUnreadable as well', async () => {
    stack.simulator.script('attached', FOREVER);
    const runId = stack.simulator.startInDuvo('attached');
    stack.simulator.addFault({ operation: 'get', runId, times: Infinity, effect: { replaceBody: HTML } });
    const failure = await failureOf((await stack.start({ runId, watch })).result());
    expect(failure).toMatchObject({ type: 'Duvo.RunUnreadable', details: [{ runId }, { field: 'body' }] });
    expect(stack.simulator.getRun(runId).stopRequests).toBe(0);
  });
});

test('a fault is shown with its age and the next poll while it lasts, and is gone when the run can be read', async () => {
  const handle = await start('shown', FOREVER);
  const runId = await runningId(handle);
  const fault = stack.simulator.addFault({
    operation: 'get',
    runId,
    times: Infinity,
    effect: { status: 403, body: { code: 'insufficient_scope', message: 'no', request_id: 'req-1' } },
  });
  const shown = await eventually(async () => (await state(handle)).fault);
  expect(shown).toMatchObject({
    type: 'Duvo.Forbidden',
    status: 403,
    code: 'insufficient_scope',
    requestId: 'req-1',
  });
  expect(Date.parse(shown.nextPoll)).toBeGreaterThan(Date.parse(shown.since));
  expect((await handle.describe()).memo).toMatchObject({ duvoFault: shown });
  expect((await state(handle)).status).toBe('running');
  await eventually(async () =>
    (await handle.describe()).raw.pendingActivities?.some(
      ({ lastFailure }) => lastFailure?.applicationFailureInfo?.type === 'Duvo.Forbidden',
    ),
  );
  fault.remove();
  await eventually(async () => !(await state(handle)).fault);
  expect((await handle.describe()).memo).not.toHaveProperty('duvoFault');
  await handle.terminate();
});

describe('hints that arrive more often than polls', () => {
  const watch = { every: [{ every: '1h' }], faultTimeout: '2s' };
  /** Sends hints until the promise is settled. */
  const hintUntil = async (handle: WorkflowHandle, done: Promise<unknown>) => {
    let isDone = false;
    void done.catch(() => undefined).then(() => (isDone = true));
    await eventually(async () => {
      await handle.signal('hint', {}).catch(() => undefined);
      return isDone;
    }, 60_000);
    return done;
  };

  test('do not hide a fault that lasts, and do not remove its limit', async () => {
    const handle = await start('hinted', FOREVER, { watch });
    const runId = await runningId(handle);
    stack.simulator.addFault({ operation: 'get', runId, times: Infinity, effect: { replaceBody: HTML } });
    const shown = eventually(async () => (await state(handle)).fault);
    const failure = await failureOf(hintUntil(handle, handle.result()));
    expect(failure.type).toBe('Duvo.RunUnreadable');
    expect(await shown).toMatchObject({ type: 'Duvo.ContractViolation', field: 'body' });
    expect(stack.simulator.getRun(runId).stopRequests).toBe(0);
  });

  test('do not hide faults of several kinds', async () => {
    const handle = await start('mixed', FOREVER, { watch });
    const runId = await runningId(handle);
    for (let nth = 0; nth < 40; nth++) {
      const effect = nth % 2 ? { replaceBody: HTML } : { status: 503 };
      stack.simulator.addFault({ operation: 'get', runId, effect });
    }
    const shown = eventually(async () => (await state(handle)).fault);
    expect(await hintUntil(handle, shown)).toMatchObject({ since: expect.any(String) as string });
    await handle.terminate();
  });

  test('poll a run at once after a fault, long before its next poll is due', async () => {
    const handle = await start('glitch', { steps: [{ status: 'running', polls: 1 }, { end: 'completed' }] }, { watch });
    const fault = stack.simulator.addFault({ operation: 'get', agentId: 'glitch', skip: 1, effect: { status: 502 } });
    expect(await hintUntil(handle, handle.result())).toMatchObject({ status: 'completed' });
    expect(fault.hits).toBe(1);
  });

  test('do not end a read that Duvo answers slowly', async () => {
    const handle = await start('slow', { steps: [{ status: 'running', polls: 1 }, { end: 'completed' }] }, { watch });
    const runId = await runningId(handle);
    stack.simulator.addFault({ operation: 'get', runId, times: Infinity, effect: { delayMs: 3_000 } });
    expect(await hintUntil(handle, handle.result())).toMatchObject({ status: 'completed' });
    // The first hint may end a poll that the watch makes by itself.
    const ended = stack.simulator.ledger.filter((entry) => entry.runId === runId && entry.abandoned);
    expect(ended.length).toBeLessThanOrEqual(1);
  });
});

test('a Duvo that cannot be reached is shown as a fault, and has no limit', async () => {
  const handle = await start('down', FOREVER, { watch: { ...QUICK_WATCH, faultTimeout: '1ms' } });
  const runId = await runningId(handle);
  const fault = stack.simulator.addFault({ operation: 'get', runId, times: Infinity, effect: { status: 503 } });
  expect(await eventually(async () => (await state(handle)).fault)).toMatchObject({ type: 'Duvo.ServerError' });
  await eventually(() => fault.hits > 4);
  fault.remove();
  await eventually(async () => !(await state(handle)).fault);
  await handle.terminate();
});

test.each([
  ['404 with the error body of the API', { status: 404, body: { code: 'run_not_found', message: 'no' } }],
  ['null in place of the run', { runNull: true as const }],
] satisfies [string, Fault['effect']][])('a run is gone when Duvo repeats %s', async (what, how) => {
  const agentId = `gone: ${what}`;
  const fault = stack.simulator.addFault({ operation: 'get', agentId, skip: 1, times: Infinity, effect: how });
  const handle = await start(agentId, FOREVER, { watch: { ...QUICK_WATCH, faultTimeout: '1s' } });
  expect((await failureOf(handle.result())).type).toBe('Duvo.RunGone');
  expect(fault.hits).toBeGreaterThan(1);
});

test('a run that completed, but whose checked output cannot be read, is not reported as invalid output', async () => {
  const agentId = 'mute';
  // Without the header, the delay before the next attempt doubles with each attempt.
  const effect = { status: 404, headers: { 'retry-after': '1' }, body: HTML };
  stack.simulator.addFault({ operation: 'messages', agentId, times: Infinity, effect });
  const input = { output: { schema: {} }, watch: { ...QUICK_WATCH, faultTimeout: '1s' } };
  const handle = await start(agentId, { steps: [{ end: 'completed' }], lastMessage: '{}' }, input);
  expect((await failureOf(handle.result())).type).toBe('Duvo.RunUnreadable');
});

test('the last message is read again when a proxy answers in its place', async () => {
  stack.simulator.addFault({ operation: 'messages', agentId: 'reread', effect: { replaceBody: HTML } });
  const handle = await start('reread', { steps: [{ end: 'completed' }], lastMessage: 'done' });
  expect(await handle.result()).toMatchObject({ output: 'done' });
});
