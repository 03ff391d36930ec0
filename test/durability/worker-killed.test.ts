import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import fc from 'fast-check';
import type { AgentRunResult, RunState } from '../../contract/runs';
import { DuvoClient } from '../../duvo';
import type { IdempotencyKeyMode, LedgerEntry } from '../../testing';
import { concurrentTests } from '../support/jest/concurrent-tests';
import { createKillableWorker, SharedKill, stopKillableWorkers } from '../support/processes/shared-kill';
import { eventually, waitForOpenGate, type Stack } from '../support/stack';

/** An address where no server listens: port 9 belongs to the obsolete `discard` service. */
const NOWHERE = 'http://127.0.0.1:9';

const test = concurrentTests(16);

afterAll(stopKillableWorkers);

/** Starts a run that works, requests an approval, works and completes. */
function start({ simulator, ...stack }: Stack, agentId: string): Promise<WorkflowHandle> {
  const work = { status: 'running', polls: 3 };
  simulator.script(agentId, {
    steps: [work, { ask: { type: 'approval', title: 'Post it?' } }, work, { end: 'completed' }],
    lastMessage: 'posted',
  });
  return stack.start({ agentId, message: 'read it' });
}
const answer = (gateId: string) => ({ gateId, approved: true, by: 'alice' });
const runsOf = ({ simulator }: Stack, agentId: string) => simulator.runs.filter((run) => run.agentId === agentId);
const committedBy = ({ simulator }: Stack, agentId: string) =>
  simulator.ledger.filter((entry) => entry.committed && entry.agentId === agentId).map(({ operation }) => operation);

/** Expects that Duvo created one run and accepted one answer, and that the workflow has the right result. */
async function expectOnce(stack: Stack, agentId: string, handle: WorkflowHandle): Promise<void> {
  const result = (await handle.result()) as AgentRunResult;
  expect(result).toMatchObject({
    status: 'completed',
    output: 'posted',
    gates: [{ outcome: 'approved', by: 'alice' }],
  });
  expect(runsOf(stack, agentId)).toHaveLength(1);
  expect(committedBy(stack, agentId)).toEqual(['start', 'respond']);
}

async function answerAndExpectOnce(stack: Stack, agentId: string, handle: WorkflowHandle): Promise<void> {
  const gate = await waitForOpenGate(handle);
  await handle.executeUpdate('submitAnswer', { args: [answer(gate.gateId)] });
  await expectOnce(stack, agentId, handle);
}

test('a worker that is killed before it sent the start creates one run after its restart', async () => {
  const { stack, worker } = await createKillableWorker('honour');
  await worker.start({ DUVO_API_BASE_URL: NOWHERE });
  const handle = await start(stack, 'agent');
  // The start activity has failed once without a connection to Duvo.
  await pendingFailure(handle, 'Duvo.ConnectionFailed');
  await worker.kill();
  expect(stack.simulator.ledger).toHaveLength(0);
  await worker.start();
  await answerAndExpectOnce(stack, 'agent', handle);
});

const isOf = (agentId: string, operation: string) => (entry: LedgerEntry) =>
  entry.agentId === agentId && entry.operation === operation;

const KILLS = [
  ['honours keys', new SharedKill(test, 'honour')],
  ['ignores keys', new SharedKill(test, 'ignore')],
] as const;
const [[, whenHonoured], [, whenIgnored]] = KILLS;

for (const [what, kill] of KILLS) {
  kill.test(
    `a worker that is killed before it receives the response to its start creates one run, when Duvo ${what}`,
    async (stack, agentId) => {
      const held = stack.simulator.addFault({ operation: 'start', agentId, effect: { hold: 'after' } });
      const handle = await start(stack, agentId);
      await stack.simulator.waitFor((entry) => isOf(agentId, 'start')(entry) && entry.committed);
      const expectAfterRestart = async () => {
        await answerAndExpectOnce(stack, agentId, handle);
        expect(await handle.result()).toMatchObject({ start: 'adopted' });
      };
      return { held, expectAfterRestart };
    },
  );

  kill.test(
    `an answer that is not yet delivered when the worker is killed is delivered once, when Duvo ${what}`,
    async (stack, agentId) => {
      const held = stack.simulator.addFault({ operation: 'respond', agentId, effect: { hold: 'before' } });
      const handle = await start(stack, agentId);
      const gate = await waitForOpenGate(handle);
      await handle.signal('answerGate', answer(gate.gateId));
      await stack.simulator.waitFor(isOf(agentId, 'respond'));
      return { held, expectAfterRestart: () => expectOnce(stack, agentId, handle) };
    },
  );

  kill.test(
    `an answer is delivered once when the worker is killed before it receives the response, when Duvo ${what}`,
    async (stack, agentId) => {
      const held = stack.simulator.addFault({ operation: 'respond', agentId, effect: { hold: 'after' } });
      const handle = await start(stack, agentId);
      const gate = await waitForOpenGate(handle);
      await handle.signal('answerGate', answer(gate.gateId));
      await stack.simulator.waitFor((entry) => isOf(agentId, 'respond')(entry) && entry.committed);
      return { held, expectAfterRestart: () => expectOnce(stack, agentId, handle) };
    },
  );
}

whenIgnored.test(
  'a worker that is killed at the start after a former run has failed creates one run, when Duvo ignores keys',
  async (stack, agentId) => {
    const { simulator } = stack;
    const workflowId = `former-${randomUUID()}`;
    const input = { agentId, message: 'read it' };
    simulator.script(agentId, { steps: [{ status: 'running', polls: 2 }, { end: 'failed' }] });
    const former = await stack.start({ ...input, watch: { every: [{ every: '1h' }] } }, { workflowId });
    const runId = await eventually(async () => (await former.query<RunState>('runState')).runId);
    await former.terminate();
    const reader = new DuvoClient({ apiKey: simulator.apiKey, baseUrl: simulator.url });
    await eventually(async () => (await reader.runs.get(runId)).run?.status === 'failed');
    await reader.close();
    simulator.script(agentId, {
      steps: [{ status: 'running', polls: 6 }, { end: 'completed' }],
      lastMessage: 'posted',
    });
    const held = simulator.addFault({ operation: 'start', agentId, effect: { hold: 'after' } });
    const next = await stack.start(input, { workflowId });
    await eventually(() => runsOf(stack, agentId).length === 2);
    const expectAfterRestart = async () => {
      expect(await next.result()).toMatchObject({ output: 'posted', start: 'adopted' });
      expect(runsOf(stack, agentId)).toHaveLength(2);
    };
    return { held, expectAfterRestart };
  },
);

whenHonoured.test(
  'a worker that is killed while it watches a run continues to watch it after its restart',
  async (stack, agentId) => {
    const held = stack.simulator.addFault({ operation: 'get', agentId, skip: 1, effect: { hold: 'before' } });
    const handle = await start(stack, agentId);
    await stack.simulator.waitFor((entry) => isOf(agentId, 'get')(entry) && entry.fault !== undefined);
    return { held, expectAfterRestart: () => answerAndExpectOnce(stack, agentId, handle) };
  },
);

whenHonoured.test(
  'a gate that is open when the worker is killed can be answered after the restart',
  async (stack, agentId) => {
    const handle = await start(stack, agentId);
    await waitForOpenGate(handle);
    return { expectAfterRestart: () => answerAndExpectOnce(stack, agentId, handle) };
  },
);

/** The number of polls of a run before its first question, between its two questions, and before its end. */
const pollCounts = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 3, maxLength: 3 });
/** The number of further requests that Duvo receives before each of the two kills. */
const kills = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 2, maxLength: 2 });

/** The polls of eight runs, and the points at which their worker is killed. */
const life = fc.tuple(fc.array(pollCounts, { minLength: 8, maxLength: 8 }), kills);

async function surviveKills(keys: IdempotencyKeyMode, [all, points]: [number[][], number[]]): Promise<void> {
  const { stack, worker } = await createKillableWorker(keys);
  const { simulator } = stack;
  await worker.start();
  const runs = await Promise.all(
    all.map(async ([first, second, third], n) => {
      const agentId = `agent-${n}`;
      const ask = (title: string) => ({ ask: { type: 'approval' as const, title } });
      const work = (times = 1) => ({ status: 'running', polls: times });
      simulator.script(agentId, {
        steps: [work(first), ask('one'), work(second), ask('two'), work(third), { end: 'completed' }],
        lastMessage: agentId,
      });
      return { agentId, handle: await stack.start({ agentId, message: `read ${agentId}` }) };
    }),
  );
  // Answers are sent as signals, which the server accepts also while no worker runs.
  const answered = new Set<string>();
  const answering = eventually(async () => {
    for (const { agentId, handle } of runs) {
      const [run] = runsOf(stack, agentId);
      for (const { id } of run?.humanRequests.filter(({ status }) => status === 'pending') ?? []) {
        if (!answered.has(id)) await handle.signal('answerGate', answer(id));
        answered.add(id);
      }
    }
    return answered.size === 2 * runs.length;
  }, 60_000);
  for (const requestCount of points) {
    const due = simulator.ledger.length + requestCount;
    await eventually(
      () => simulator.ledger.length >= due || simulator.runs.every(({ status }) => status === 'completed'),
    );
    await worker.kill();
    await worker.start();
  }
  await answering;
  for (const { agentId, handle } of runs) {
    expect(await handle.result()).toMatchObject({
      output: agentId,
      gates: [
        { outcome: 'approved', by: 'alice' },
        { outcome: 'approved', by: 'alice' },
      ],
    });
    expect(committedBy(stack, agentId)).toEqual(['start', 'respond', 'respond']);
  }
}

test('each of many runs is started and answered once when the worker is killed twice at random points', async () => {
  await fc.assert(
    fc.asyncProperty(life, life, async (honoured, ignored) => {
      await Promise.all([surviveKills('honour', honoured), surviveKills('ignore', ignored)]);
    }),
    { numRuns: 1, endOnFailure: true },
  );
}, 180_000);

/** Waits until a pending activity of the workflow has failed with this type at least once. */
async function pendingFailure(handle: WorkflowHandle, type: string): Promise<void> {
  await eventually(async () => {
    const { raw } = await handle.describe();
    return raw.pendingActivities?.some(({ lastFailure }) => lastFailure?.applicationFailureInfo?.type === type);
  });
}
