import { createDuvoActivities, type DuvoActivities } from '../../activities';
import { DuvoClient } from '../../duvo';
import { DuvoSimulator } from '../../testing';
import { readRunBody } from '../support/simulator-requests';
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

/** Time between two reads that must both miss the request. */
const CONFIRM_MS = 4_000;

/** Starts a run that asks, and returns the attempts of a delivery to it. */
function startRunThatAsks() {
  const runId = simulator.startInDuvo('asks');
  const [{ id: requestId = '' } = {}] = simulator.getRun(runId).humanRequests;
  const input = {
    runId,
    requestId,
    answer: { approved: true },
    key: 'key',
    faultTimeoutMs: 3_600_000,
    confirmReadMs: CONFIRM_MS,
  };
  const attempt = (info?: AttemptInfo, allDetails?: unknown[]) =>
    recordAttempt(() => activities.respondToHumanRequest(input), info, allDetails);
  return {
    runId,
    requestId,
    attempt,
    /** Runs an attempt whose read does not show the request, and returns the verdict of the attempt after it. */
    confirmedVerdict: async (nth: number, heartbeatDetails?: object) => {
      const first = await attempt({ attempt: nth, heartbeatDetails });
      expect(first.failure).toMatchObject({ category: 'BENIGN' });
      const currentAttemptScheduledTimestampMs = Date.now() + CONFIRM_MS;
      const details = { attempt: nth + 1, heartbeatDetails: first.lastDetails, currentAttemptScheduledTimestampMs };
      return (await attempt(details)).snapshot;
    },
    countResponses: () =>
      simulator.ledger.filter((entry) => entry.operation === 'respond' && entry.runId === runId).length,
  };
}

test('while Duvo does not want an answer again, each attempt only reads the run, at least once per minute', async () => {
  const { runId, requestId, attempt, confirmedVerdict, countResponses } = startRunThatAsks();
  const headers = { 'retry-after': String(30 * 86_400) };
  simulator.addFault({ operation: 'respond', runId, effect: { status: 429, headers } });
  const first = await attempt({ attempt: 1 });
  expect(first.failure).toMatchObject({ type: 'Duvo.RateLimited', nonRetryable: false });
  expect(first.failure?.nextRetryDelay).toBeLessThanOrEqual(66_000);

  const second = await attempt({ attempt: 2, heartbeatDetails: first.lastDetails });
  expect(second.failure).toMatchObject({ category: 'BENIGN', nextRetryDelay: 60_000 });
  expect(countResponses()).toBe(1);

  simulator.answerInDuvo(runId, requestId, { approved: false });
  expect(await confirmedVerdict(3, second.lastDetails ?? first.lastDetails)).toBe('answered-elsewhere');
  expect(countResponses()).toBe(1);
});

test.each([
  ['was certainly not accepted', { status: 503 }, 2],
  ['may have been accepted', { reset: true as const }, 2],
])('an answer that %s is sent again after one read of a replica that lags', async (_what, effect, sent) => {
  const { runId, attempt, countResponses } = startRunThatAsks();
  simulator.addFault({ operation: 'respond', runId, effect });
  const first = await attempt({ attempt: 1 });
  simulator.addFault({ operation: 'get', runId, effect: { runStatus: 'running' } });
  const second = await attempt({ attempt: 2, heartbeatDetails: first.lastDetails });
  expect(second.failure).toMatchObject({ category: 'BENIGN', nextRetryDelay: CONFIRM_MS });
  expect((await attempt({ attempt: 3, heartbeatDetails: second.lastDetails })).snapshot).toBe('delivered');
  expect(countResponses()).toBe(sent);
});

test('a delivery is sent again an hour after Duvo did not want it, however long it was to wait', async () => {
  const { attempt, countResponses } = startRunThatAsks();
  const scheduledMs = Date.now();
  const details = { settledAttempt: 69, mayHaveArrived: false, notBeforeMs: scheduledMs + 3_600_000 };
  const later = { currentAttemptScheduledTimestampMs: scheduledMs + 3_600_000 };
  expect((await attempt({ attempt: 70, heartbeatDetails: details, ...later })).snapshot).toBe('delivered');
  expect(countResponses()).toBe(1);
});

test.each([
  ['a 409', 'answered-elsewhere', { status: 409, body: { code: 'conflict' } }],
  ['a 500', 'answered-unconfirmed', { status: 500 }],
  ['a 502, which may come from a proxy', 'answered-unconfirmed', { status: 502 }],
  ['no response', 'answered-unconfirmed', { reset: true as const }],
])('after %s and an answer in Duvo, the gate counts as %s', async (_what, verdict, effect) => {
  const { runId, requestId, attempt, confirmedVerdict } = startRunThatAsks();
  simulator.addFault({ operation: 'respond', runId, effect });
  const { lastDetails, failure } = await attempt({ attempt: 1 });
  expect(failure).toMatchObject({ nonRetryable: false });
  simulator.answerInDuvo(runId, requestId, { approved: false });
  expect(await confirmedVerdict(2, lastDetails)).toBe(verdict);
});

test('after a 500 that Duvo committed, a read of a replica that lags does not make the answer somebody else’s', async () => {
  const { runId, attempt, confirmedVerdict } = startRunThatAsks();
  const replaceBody = await readRunBody(simulator, runId);
  simulator.addFault({ operation: 'respond', runId, effect: { replaceBody: '{"code": "internal"}', status: 500 } });
  simulator.addFault({ operation: 'get', runId, effect: { replaceBody } });
  const { lastDetails } = await attempt({ attempt: 1 });
  expect(await confirmedVerdict(2, lastDetails)).toBe('answered-unconfirmed');
});

test('an answer is missing when the request is open ten minutes after the last send, and then another answer is not ours', async () => {
  const { runId, requestId, attempt, confirmedVerdict } = startRunThatAsks();
  const heartbeatDetails = { settledAttempt: 7, mayHaveArrived: true, sentAtMs: 0, notBeforeMs: 3_600_000 };
  const { lastDetails } = await attempt({ attempt: 8, heartbeatDetails, currentAttemptScheduledTimestampMs: 600_000 });
  simulator.answerInDuvo(runId, requestId, { approved: false });
  expect(await confirmedVerdict(9, lastDetails)).toBe('answered-elsewhere');
});

test('an answer counts as delivered after a killed worker whose heartbeat details are older than its request', async () => {
  const { runId, attempt, confirmedVerdict } = startRunThatAsks();
  simulator.addFault({ operation: 'respond', runId, effect: { status: 503 } });
  const { lastDetails } = await attempt({ attempt: 1 });
  simulator.addFault({ operation: 'respond', runId, effect: { dropResponse: true } });
  simulator.addFault({ operation: 'get', runId, skip: 1, effect: { status: 503 } });
  await attempt({ attempt: 2, heartbeatDetails: lastDetails });
  expect(await confirmedVerdict(3, lastDetails)).toBe('delivered');
});

test('a refusal that was recorded before the worker was killed is believed', async () => {
  const { runId, requestId, attempt, confirmedVerdict } = startRunThatAsks();
  simulator.addFault({ operation: 'respond', runId, effect: { status: 409, body: { code: 'conflict' } } });
  const details: unknown[] = [];
  simulator.addFault({ operation: 'get', runId, effect: { status: 503 } });
  const first = await attempt({ attempt: 1 }, details);
  simulator.answerInDuvo(runId, requestId, { approved: false });
  // The details between the refusal and the end of the attempt.
  const recorded = details.slice(0, -1).at(-1);
  expect(recorded).not.toEqual(first.lastDetails);
  expect(await confirmedVerdict(2, recorded as object)).toBe('answered-elsewhere');
});

test('a run that was stopped after a delivery without a response does not show whether it had the answer', async () => {
  const { runId, attempt } = startRunThatAsks();
  simulator.addFault({ operation: 'respond', runId, effect: { dropResponse: true } });
  simulator.addFault({ operation: 'get', runId, effect: { status: 503 } });
  const { lastDetails } = await attempt({ attempt: 1 });
  await duvo.runs.stop(runId, { idempotencyKey: 'somebody' });
  expect((await attempt({ attempt: 2, heartbeatDetails: lastDetails })).snapshot).toBe('unconfirmed');
});

test.each(['failed', 'interrupted'])(
  'a run that is %s after an answer without a response does not show whether it had the answer',
  async (runStatus) => {
    const { runId, attempt, countResponses } = startRunThatAsks();
    simulator.addFault({ operation: 'respond', runId, effect: { reset: true } });
    simulator.addFault({ operation: 'get', runId, effect: { status: 503 } });
    const { lastDetails } = await attempt({ attempt: 1 });
    simulator.addFault({ operation: 'get', runId, effect: { runStatus } });
    expect((await attempt({ attempt: 2, heartbeatDetails: lastDetails })).snapshot).toBe('unconfirmed');
    expect(countResponses()).toBe(1);
  },
);

describe('a delivery without a verdict on the answer', () => {
  const HOUR = 3_600_000;
  const after = (faults: object, mayHaveArrived: boolean): AttemptInfo => ({
    attempt: 9,
    currentAttemptScheduledTimestampMs: HOUR,
    heartbeatDetails: {
      settledAttempt: 8,
      mayHaveArrived,
      sentAtMs: HOUR,
      faults: {
        sinceMs: 0,
        attempts: 8,
        last: { type: '', times: 1 },
        unreadable: { sinceMs: 0, times: 8 },
        ...faults,
      },
    },
  });
  test.each([
    ['401', 'Duvo.Unauthorized', { status: 401 }, undefined],
    ['403', 'Duvo.Forbidden', { status: 403 }, undefined],
    ['a 422 of a proxy, after which it may have arrived', 'Duvo.InvalidRequest', { status: 422, body: '<html>' }, true],
    ['418', 'Duvo.RequestRefused', { status: 418 }, undefined],
  ])('is retried for the fault timeout of the run: %s', async (_what, type, effect, mayHaveHappened) => {
    const { runId, attempt } = startRunThatAsks();
    simulator.addFault({ operation: 'respond', runId, times: 2, effect });
    expect((await attempt({ attempt: 1 })).failure).toMatchObject({ type, nonRetryable: false });
    const { failure } = await attempt(after({}, false));
    expect(failure).toMatchObject({ type, nonRetryable: true });
    expect((failure?.details?.[0] as { mayHaveHappened?: boolean }).mayHaveHappened).toBe(mayHaveHappened);
    expect(failure?.details?.[0]).not.toHaveProperty('isContentRefused');
  });

  test('may have arrived after a conflict about its key that lasts', async () => {
    const { runId, attempt } = startRunThatAsks();
    const effect = { status: 409, body: { code: 'idempotency_key_in_flight', message: 'no' } };
    simulator.addFault({ operation: 'respond', runId, effect });
    const { failure } = await attempt(after({ conflict: { sinceMs: 0, times: 8 } }, false));
    expect(failure).toMatchObject({ type: 'Duvo.Conflict', nonRetryable: true, details: [{ mayHaveHappened: true }] });
    expect(failure?.details?.[0]).not.toHaveProperty('isContentRefused');
  });

  test('says in its final failure when the answer may have arrived', async () => {
    const { runId, attempt } = startRunThatAsks();
    simulator.addFault({ operation: 'get', runId, effect: { replaceBody: '<html>' } });
    expect((await attempt(after({}, true))).failure).toMatchObject({
      type: 'Duvo.RunUnreadable',
      nonRetryable: true,
      details: [{ operation: 'runs.get', mayHaveHappened: true }],
    });
  });
});

test('a refusal of the answer itself is final at once', async () => {
  const { runId, attempt } = startRunThatAsks();
  simulator.addFault({
    operation: 'respond',
    runId,
    effect: { status: 422, body: { code: 'invalid', message: 'no' } },
  });
  expect((await attempt({ attempt: 1 })).failure).toMatchObject({
    type: 'Duvo.InvalidRequest',
    nonRetryable: true,
    details: [{ isContentRefused: true }],
  });
});

test('a worker that died in its attempt may have delivered the answer', async () => {
  const { runId, requestId, confirmedVerdict } = startRunThatAsks();
  simulator.answerInDuvo(runId, requestId, { approved: true });
  expect(await confirmedVerdict(2)).toBe('delivered');
});
