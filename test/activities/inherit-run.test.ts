import { createDuvoActivities, type RunSnapshot } from '../../activities';
import type { Fault } from '../../testing';
import { recordAttempt } from '../support/activities/activity-attempt';
import { AGENT, duvo, setUpStartAttempts, simulator, starts } from '../support/activities/start-attempts';

setUpStartAttempts();

/**
 * Runs the attempts of a start whose former workflow left a run, at these seconds, and returns the last one. `effects`
 * has what happens to the read of that run in each attempt.
 */
async function attemptsAt(seconds: number[], effects: (Fault['effect'] | undefined)[], faultTimeoutMs?: number) {
  const runId = simulator.startInDuvo(AGENT);
  const activities = createDuvoActivities({ client: duvo });
  const scheduledTimestampMs = Date.now();
  const input = { agentId: AGENT, key: 'key', message: 'read it', ...(faultTimeoutMs && { faultTimeoutMs }) };
  let heartbeatDetails: unknown = {
    settledAttempt: 0,
    mayHaveArrived: false,
    former: { run: { runId, isSameStart: false } },
  };
  let last: Awaited<ReturnType<typeof recordAttempt<RunSnapshot>>> | undefined;
  for (const [nth, second] of seconds.entries()) {
    const effect = effects[nth % effects.length];
    const fault = effect && simulator.addFault({ operation: 'get', runId, effect });
    last = await recordAttempt<RunSnapshot>(() => activities.startRun(input), {
      attempt: nth + 1,
      heartbeatDetails,
      scheduledTimestampMs,
      currentAttemptScheduledTimestampMs: scheduledTimestampMs + second * 1_000,
    });
    fault?.remove();
    heartbeatDetails = last.lastDetails ?? heartbeatDetails;
  }
  return { ...last, runId };
}

const HTML: Fault['effect'] = { replaceBody: '<html>', contentType: 'text/html' };
const GONE: Fault['effect'] = { status: 404, body: { code: 'not_found', message: 'no such run' } };

test('a run of a former workflow that cannot be read for the fault timeout of the input fails the start', async () => {
  const early = await attemptsAt([0, 5, 10, 15, 20], [HTML], 30_000);
  expect(early.failure).toMatchObject({ nonRetryable: false });
  const late = await attemptsAt([0, 5, 10, 15, 31], [HTML], 30_000);
  expect(late.failure).toMatchObject({
    type: 'Duvo.RunUnreadable',
    nonRetryable: true,
    details: [{ notStarted: true }],
  });
  expect(starts()).toBe(0);
});

test('a run of a former workflow that can be read again is attached to', async () => {
  const { snapshot, runId } = await attemptsAt([0, 5, 10], [HTML, HTML, undefined]);
  expect(snapshot).toMatchObject({ runId, origin: 'attached' });
});

test('a run of a former workflow is gone when Duvo has repeated it for a minute, and the start is sent', async () => {
  expect((await attemptsAt([0, 30, 59], [GONE])).failure).toMatchObject({ nonRetryable: false });
  expect(starts()).toBe(0);
  const { snapshot, runId } = await attemptsAt([0, 30, 61], [GONE]);
  expect(snapshot?.runId).not.toBe(runId);
  expect(starts()).toBe(1);
});

test('a run of a former workflow is not gone when another fault came between two 404s', async () => {
  const { failure } = await attemptsAt([0, 30, 61], [GONE, { status: 503 }, GONE]);
  expect(failure).toMatchObject({ type: 'Duvo.NotFound', nonRetryable: false });
  expect(starts()).toBe(0);
});
