import type { WorkflowHandle } from '@temporalio/client';
import { DuvoTestEnvironment } from '../../../testing';
import type { AgentRunInput } from '../../../contract/run-input';
import type { AgentRunResult, RunState } from '../../../contract/runs';
import type { Gate } from '../../../contract/gates/gates';
import { failureOf } from '../../support/failures';
import { eventually, waitForIdlePoll, waitForOpenGate, workflowBundle } from '../../support/stack';

const HOUR = 3_600_000;
let env: DuvoTestEnvironment;

beforeAll(async () => {
  env = await DuvoTestEnvironment.create({ timeSkipping: true });
}, 300_000);
afterAll(() => env?.stop());

/** Runs a workflow to its end, with time skipping. */
const run = (input: AgentRunInput) =>
  env.execute<AgentRunResult>('agentRun', { workflowBundle: workflowBundle(), args: [input] });
const gets = (agentId: string) =>
  env.simulator.ledger.filter((entry) => entry.operation === 'get' && entry.agentId === agentId).length;

test('20 hours of polling count as agent time, and the polls follow the interval', async () => {
  env.simulator.script('long', { steps: [{ status: 'running', polls: 20 }, { end: 'completed' }] });
  const { clocks } = await run({ agentId: 'long', watch: { every: [{ every: '1h' }] } });
  expect(gets('long')).toBeGreaterThanOrEqual(21);
  // The first poll is made at once. Each interval varies by up to a tenth.
  expect(clocks.agentMs / HOUR).toBeGreaterThan(18);
  expect(clocks.agentMs / HOUR).toBeLessThan(22);
  expect(clocks.humanMs).toBe(0);
}, 30_000);

test('a batch without a key whose caller died while it stored the items fails after an hour', async () => {
  const input = { template: { workflow: { type: 'testItem' } } };
  const failure = await failureOf(env.execute('batch', { workflowBundle: workflowBundle(), args: [input] }));
  expect(failure).toMatchObject({ type: 'Duvo.BatchAbandoned' });
}, 30_000);

test('the default interval is 5 s for two minutes, 30 s until a quarter of an hour, then a minute', async () => {
  env.simulator.script('default', { steps: [{ status: 'running', polls: 24 + 26 + 45 }, { end: 'completed' }] });
  const { clocks } = await run({ agentId: 'default' });
  expect(clocks.agentMs / 60_000).toBeGreaterThan(50);
  expect(clocks.agentMs / 60_000).toBeLessThan(70);
}, 30_000);

test('a gate that is denied after 10 days counts as people’s time, not against a deadline of an hour', async () => {
  env.simulator.script('patient', {
    steps: [
      { status: 'running', polls: 2 },
      { ask: { type: 'approval', title: 'Still?' } },
      { status: 'running', polls: 1 },
      { end: 'completed' },
    ],
  });
  const result = await run({
    agentId: 'patient',
    deadline: '1h',
    watch: { every: [{ every: '1m' }], atGate: '6h' },
    gate: { due: '10d', onTimeout: 'deny' },
  });
  expect(result.gates).toMatchObject([{ outcome: 'timed-out' }] satisfies Partial<Gate>[]);
  expect(result.clocks.humanMs / (24 * HOUR)).toBeCloseTo(10, 1);
  expect(result.clocks.agentMs).toBeLessThan(HOUR);
}, 30_000);

test('a run that works for a day is stopped at its deadline', async () => {
  env.simulator.script('late', { steps: [{ status: 'running' }] });
  const failure = await failureOf(run({ agentId: 'late', deadline: '1d', watch: { every: [{ every: '1h' }] } }));
  expect(failure.type).toBe('Duvo.RunDeadlineExceeded');
  expect(env.simulator.runs.find(({ agentId }) => agentId === 'late')?.status).toBe('canceled');
}, 30_000);

/** Cancels a run of the agent as soon as it is ready. @returns its last state */
const cancelWhen = (
  agentId: string,
  isReady: (handle: WorkflowHandle) => Promise<unknown>,
  input: AgentRunInput = {},
) =>
  env.withWorker({ workflowBundle: workflowBundle() }, async () => {
    const handle = await env.client.workflow.start('agentRun', {
      taskQueue: 'duvo',
      workflowId: agentId,
      args: [{ agentId, ...input }],
    });
    await isReady(handle);
    await handle.cancel();
    await failureOf(handle.result());
    return handle.query<RunState>('runState');
  });

test('a cancellation of a run that stays queued is unconfirmed after a day', async () => {
  env.simulator.script('queued', { steps: [{ status: 'pending' }] });
  const state = await cancelWhen('queued', waitForIdlePoll, { watch: { every: [{ every: '10m' }] } });
  expect(state).toMatchObject({ status: 'pending', cancel: 'unconfirmed' });
  expect(state.clocks.queuedMs / HOUR).toBeCloseTo(24, 0);
}, 60_000);

test('a stop that arrived without a response is confirmed', async () => {
  env.simulator.script('mute stop', { steps: [{ status: 'running' }] });
  env.simulator.addFault({ operation: 'stop', agentId: 'mute stop', times: Infinity, effect: { dropResponse: true } });
  expect(await cancelWhen('mute stop', waitForIdlePoll)).toMatchObject({ status: 'canceled', cancel: 'confirmed' });
}, 60_000);

test('a cancellation while the agent waits for an answer to a question stays unconfirmed', async () => {
  const steps = [{ ask: { type: 'question' as const, title: 'x', questions: [{ question: 'Why?' }] } }];
  env.simulator.script('asks', { steps });
  expect(await cancelWhen('asks', waitForOpenGate)).toMatchObject({ cancel: 'unconfirmed', openGates: 0 });
  expect(env.simulator.runs.find(({ agentId }) => agentId === 'asks')).toMatchObject({ status: 'waiting' });
}, 60_000);

test('a message that Duvo refuses for a minute as not resumable leaves the run interrupted', async () => {
  const agentId = 'not resumable';
  env.simulator.script(agentId, { steps: [{ end: 'interrupted' }, { end: 'completed' }] });
  const effect = { status: 409, body: { code: 'run_not_resumable', message: 'no' } };
  const fault = env.simulator.addFault({ operation: 'post-message', agentId, times: Infinity, effect });
  const failure = await failureOf(run({ agentId, resume: { times: 3 } }));
  expect(failure).toMatchObject({ type: 'Duvo.RunInterrupted', details: [{ gates: [] }] });
  expect(fault.hits).toBeGreaterThan(1);
  expect(env.simulator.runs.find((one) => one.agentId === agentId)).toMatchObject({
    status: 'interrupted',
    stopRequests: 0,
  });
}, 30_000);

test('a resumed run that Duvo shows as interrupted for ten minutes has ended', async () => {
  env.simulator.script('stuck', { steps: [{ end: 'interrupted' }, { status: 'running' }] });
  env.simulator.addFault({ operation: 'get', agentId: 'stuck', times: Infinity, effect: { staleEnd: true } });
  const ending = run({ agentId: 'stuck', resume: { times: 1 }, watch: { every: [{ every: '1h' }] } });
  expect((await failureOf(ending)).type).toBe('Duvo.RunInterrupted');
}, 30_000);

test('a question that nobody answers in time fails, because no policy can answer it', async () => {
  const steps = [{ ask: { type: 'question' as const, title: 'x', questions: [{ question: 'Why?' }] } }];
  env.simulator.script('unanswered', { steps });
  const failure = await failureOf(
    run({ agentId: 'unanswered', gate: { due: '1d', onTimeout: 'deny' }, watch: { atGate: '6h' } }),
  );
  expect(failure).toMatchObject({ type: 'Duvo.GateTimedOut', details: [{ gates: [{ outcome: 'timed-out' }] }] });
}, 60_000);

test('a run whose last message cannot be read for ten minutes completes, and its result has the reason', async () => {
  env.simulator.script('mute', { steps: [{ end: 'completed' }] });
  const fault = env.simulator.addFault({
    operation: 'messages',
    agentId: 'mute',
    times: Infinity,
    effect: { status: 500 },
  });
  const result = await run({ agentId: 'mute' });
  fault.remove();
  expect(result).toMatchObject({ status: 'completed', output: '' });
  expect(['Duvo.ServerError', 'Duvo.Timeout']).toContain(result.outputError);
}, 30_000);

test('an answer at the last moment that Duvo refuses does not cancel the policy', async () => {
  env.simulator.script('late', { steps: [{ ask: { type: 'approval', title: 'Pay?' } }, { end: 'completed' }] });
  // The poll at the due time is held until a person has answered. Then Duvo refuses this answer.
  const hold = env.simulator.addFault({ operation: 'get', agentId: 'late', skip: 1, effect: { hold: 'before' } });
  env.simulator.addFault({ operation: 'respond', agentId: 'late', effect: { status: 422 } });
  const failure = await env.withWorker({ workflowBundle: workflowBundle() }, async () => {
    const input: AgentRunInput = { agentId: 'late', gate: { due: '1h', onTimeout: 'fail' }, watch: { atGate: '10h' } };
    const handle = await env.client.workflow.start('agentRun', {
      taskQueue: 'duvo',
      workflowId: 'late-answer',
      args: [input],
    });
    const gate = await waitForOpenGate(handle);
    await env.simulator.waitFor(({ operation, fault }) => operation === 'get' && fault === 'hold');
    await handle.signal('answerGate', { gateId: gate.gateId, approved: true, by: 'alice' });
    hold.release();
    return failureOf(handle.result());
  });
  expect(failure).toMatchObject({ type: 'Duvo.GateTimedOut' });
}, 30_000);

/** Attempts of a poll that is retried for a minute. */
const UNREAD_MINUTE_ATTEMPTS = 6;

/**
 * Starts a run, does something while Duvo cannot be read for a minute, and returns the end of the workflow. The poll at the
 * due time of the gate, or at the deadline, fails in that minute, so that only the poll before the stop can read the run.
 */
const endAfterUnreadMinute = (
  input: AgentRunInput & { agentId: string },
  isReady: (handle: WorkflowHandle) => Promise<unknown>,
  doMeanwhile?: (runId: string) => unknown,
  doAfterwards?: (handle: WorkflowHandle, runId: string) => Promise<unknown>,
) =>
  env.withWorker({ workflowBundle: workflowBundle() }, async () => {
    const { agentId } = input;
    const handle = await env.client.workflow.start('agentRun', {
      taskQueue: 'duvo',
      workflowId: agentId,
      args: [input],
    });
    await isReady(handle);
    const { runId = '' } = await handle.query<RunState>('runState');
    env.simulator.addFault({ operation: 'get', runId, times: UNREAD_MINUTE_ATTEMPTS, effect: { status: 503 } });
    doMeanwhile?.(runId);
    const ended = handle.result() as Promise<AgentRunResult>;
    await Promise.race([ended, doAfterwards?.(handle, runId)]);
    return { ...(await ended), stops: env.simulator.getRun(runId).stopRequests };
  });

const GATE_WITHOUT_POLLS: AgentRunInput = { gate: { due: '1h', onTimeout: 'fail' }, watch: { atGate: '10h' } };

test.each([
  ['completed', []],
  ['is running', [{ status: 'running' as const, polls: 5 }]],
])(
  'a run that %s after a gate was answered in Duvo in time is not stopped, although it could not be read',
  async (what, then) => {
    const agentId = `answered, and ${what}`;
    env.simulator.script(agentId, {
      steps: [{ ask: { type: 'approval', title: 'Pay?' } }, ...then, { end: 'completed' }],
      lastMessage: 'paid',
    });
    const isReady = async (handle: WorkflowHandle) => {
      await waitForOpenGate(handle);
      await eventually(() => gets(agentId) > 1);
    };
    const result = await endAfterUnreadMinute({ agentId, ...GATE_WITHOUT_POLLS }, isReady, (runId) => {
      const [{ id: gateId = '' } = {}] = env.simulator.getRun(runId).humanRequests;
      env.simulator.answerInDuvo(runId, gateId, { approved: true });
    });
    expect(result).toMatchObject({
      status: 'completed',
      output: 'paid',
      gates: [{ outcome: 'answered-elsewhere' }],
      stops: 0,
    });
  },
  60_000,
);

test('a run that the poll before the stop at the deadline shows as waiting for a person is not stopped', async () => {
  const agentId = 'asked before the deadline';
  env.simulator.script(agentId, {
    steps: [{ status: 'running', polls: 1 }, { ask: { type: 'approval', title: 'Pay?' } }, { end: 'completed' }],
  });
  const input: AgentRunInput = { agentId, deadline: '1h', watch: { every: [{ every: '10h' }], atGate: '10h' } };
  const answer = async (handle: WorkflowHandle, runId: string) => {
    const { gateId } = await waitForOpenGate(handle);
    env.simulator.answerInDuvo(runId, gateId, { approved: true });
  };
  const result = await endAfterUnreadMinute({ ...input, agentId }, waitForIdlePoll, undefined, answer);
  expect(result).toMatchObject({ status: 'completed', gates: [{ outcome: 'answered-elsewhere' }], stops: 0 });
}, 60_000);
