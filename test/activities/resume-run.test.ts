import { createDuvoActivities } from '../../activities';
import { DuvoClient } from '../../duvo';
import { DuvoSimulator } from '../../testing';
import { recordAttempt } from '../support/activities/activity-attempt';
import { readRunBody } from '../support/simulator-requests';

let simulator: DuvoSimulator;
let duvo: DuvoClient;
beforeAll(async () => {
  simulator = await DuvoSimulator.start({ idempotencyKeyMode: 'ignore' });
  duvo = new DuvoClient({ apiKey: simulator.apiKey, baseUrl: simulator.url });
  simulator.script('stops', {
    steps: [{ status: 'running', polls: 1 }, { end: 'interrupted' }, { status: 'running' }],
  });
});
afterAll(async () => {
  await duvo.close();
  await simulator.close();
});

/** Starts a run, and returns its body from before its interruption and the attempts of a message that resumes it. */
async function interruptedRun() {
  const runId = simulator.startInDuvo('stops');
  const bodyBefore = await readRunBody(simulator, runId);
  const { run } = await duvo.runs.get(runId);
  const end = { status: run?.status ?? '', endedAt: run?.completedAt ?? '' };
  expect(end.status).toBe('interrupted');
  const input = { runId, text: 'Go on', key: 'key', end, faultTimeoutMs: 3_600_000 };
  const { resumeRun } = createDuvoActivities({ client: duvo });
  return {
    runId,
    bodyBefore,
    attempt: (attempt: number, heartbeatDetails?: object) =>
      recordAttempt(() => resumeRun(input), { attempt, heartbeatDetails }),
    requests: () => simulator.ledger.filter((entry) => entry.operation === 'post-message' && entry.runId === runId),
  };
}

test.each([
  ['never arrived', { reset: true as const }],
  ['was refused', { status: 503 }],
])('a message that %s is sent again although a replica that lags shows the run as running', async (_what, effect) => {
  const { runId, bodyBefore, attempt, requests } = await interruptedRun();
  simulator.addFault({ operation: 'post-message', runId, effect });
  const first = await attempt(1);
  expect(first.failure).toMatchObject({ nonRetryable: false });
  simulator.addFault({ operation: 'get', runId, effect: { replaceBody: bodyBefore } });
  expect((await attempt(2, first.lastDetails)).failure).toBeUndefined();
  expect(requests().filter(({ committed }) => committed)).toHaveLength(1);
  expect(simulator.getRun(runId).status).toBe('running');
});

test('a message whose response was lost is not sent again when the run has changed since its end', async () => {
  const { runId, attempt, requests } = await interruptedRun();
  simulator.addFault({ operation: 'post-message', runId, effect: { dropResponse: true } });
  const first = await attempt(1);
  expect((await attempt(2, first.lastDetails)).failure).toBeUndefined();
  expect(requests()).toHaveLength(1);
});

test('a refused message is repeated while a replica that lags shows the run as it was before its end', async () => {
  const { runId, bodyBefore, attempt } = await interruptedRun();
  simulator.addFault({ operation: 'post-message', runId, effect: { status: 409, body: { code: 'conflict' } } });
  simulator.addFault({ operation: 'get', runId, effect: { replaceBody: bodyBefore } });
  expect((await attempt(1)).failure).toMatchObject({ type: 'Duvo.Conflict', nonRetryable: false });
});
