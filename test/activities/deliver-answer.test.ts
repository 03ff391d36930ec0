import { createDuvoActivities, type DuvoActivities } from '../../activities';
import { DuvoClient } from '../../duvo';
import { DuvoSimulator } from '../../testing';
import { type AttemptInfo, recordAttempt } from '../support/activities/activity-attempt';

let simulator: DuvoSimulator;
let duvo: DuvoClient;
let activities: DuvoActivities;
beforeAll(async () => {
  simulator = await DuvoSimulator.start();
  duvo = new DuvoClient({ apiKey: simulator.apiKey, baseUrl: simulator.url });
  activities = createDuvoActivities({ client: duvo });
  simulator.script('asks', { steps: [{ ask: { type: 'approval', title: 'Pay?' } }, { status: 'running' }] });
});
afterAll(async () => {
  await duvo.close();
  await simulator.close();
});

/** Starts a run that asks, and returns the attempts of a delivery to it. */
function startRunThatAsks() {
  const runId = simulator.startInDuvo('asks');
  const [{ id: requestId = '' } = {}] = simulator.getRun(runId).humanRequests;
  const input = { runId, requestId, answer: { approved: true }, key: 'key' };
  return {
    runId,
    requestId,
    attempt: (info?: AttemptInfo) => recordAttempt(() => activities.respondToHumanRequest(input), info),
    countResponses: () =>
      simulator.ledger.filter((entry) => entry.operation === 'respond' && entry.runId === runId).length,
  };
}

test('while Duvo does not want an answer again, each attempt only reads the run, at least once per minute', async () => {
  const { runId, requestId, attempt, countResponses } = startRunThatAsks();
  const headers = { 'retry-after': String(30 * 86_400) };
  simulator.addFault({ operation: 'respond', runId, effect: { status: 429, headers } });
  const first = await attempt({ attempt: 1 });
  expect(first.failure).toMatchObject({ type: 'Duvo.RateLimited', nonRetryable: false });
  expect(first.failure?.nextRetryDelay).toBeLessThanOrEqual(66_000);

  const second = await attempt({ attempt: 2, heartbeatDetails: first.lastDetails });
  expect(second.failure).toMatchObject({ category: 'BENIGN', nextRetryDelay: 60_000 });
  expect(countResponses()).toBe(1);

  simulator.answerInDuvo(runId, requestId, { approved: false });
  const third = await attempt({ attempt: 3, heartbeatDetails: second.lastDetails ?? first.lastDetails });
  expect(third.snapshot).toBe('answered-elsewhere');
  expect(countResponses()).toBe(1);
});

test('a delivery is sent again an hour after Duvo did not want it, however long it was to wait', async () => {
  const { attempt, countResponses } = startRunThatAsks();
  const scheduledMs = Date.now();
  const details = { mayHaveArrived: false, notBeforeMs: scheduledMs + 3_600_000 };
  const later = { currentAttemptScheduledTimestampMs: scheduledMs + 3_600_000 };
  expect((await attempt({ attempt: 70, heartbeatDetails: details, ...later })).snapshot).toBe('delivered');
  expect(countResponses()).toBe(1);
});

test.each([
  ['a 409', 'answered-elsewhere', { status: 409, body: { code: 'conflict' } }],
  ['a 500', 'answered-elsewhere', { status: 500 }],
  ['a 502, which may come from a proxy', 'delivered', { status: 502 }],
  ['no response', 'delivered', { reset: true as const }],
])('after %s and an answer in Duvo, the gate counts as %s', async (_what, verdict, effect) => {
  const { runId, requestId, attempt } = startRunThatAsks();
  simulator.addFault({ operation: 'respond', runId, effect });
  const { lastDetails, failure } = await attempt({ attempt: 1 });
  expect(failure).toMatchObject({ nonRetryable: false });
  simulator.answerInDuvo(runId, requestId, { approved: false });
  expect((await attempt({ attempt: 2, heartbeatDetails: lastDetails })).snapshot).toBe(verdict);
});

test('a worker that died in its attempt may have delivered the answer', async () => {
  const { runId, requestId, attempt } = startRunThatAsks();
  simulator.answerInDuvo(runId, requestId, { approved: true });
  expect((await attempt({ attempt: 2 })).snapshot).toBe('delivered');
});
