import { MockActivityEnvironment } from '@temporalio/testing';
import { createDuvoActivities, type DuvoActivities } from '../../activities';
import { DuvoClient } from '../../duvo';
import { DuvoSimulator, type Fault } from '../../testing';
import { type AttemptInfo, failureOfAttempt } from '../support/activities/activity-attempt';

let simulator: DuvoSimulator;
let duvo: DuvoClient;
let activities: DuvoActivities;
let runId: string;

beforeAll(async () => {
  simulator = await DuvoSimulator.start();
  duvo = new DuvoClient({ apiKey: simulator.apiKey, baseUrl: simulator.url });
  activities = createDuvoActivities({ client: duvo });
  simulator.script('agent', { steps: [{ status: 'running' }] });
  runId = simulator.startInDuvo('agent');
});
afterAll(async () => {
  await duvo.close();
  await simulator.close();
});

const attempt = (activity: (a: DuvoActivities) => Promise<unknown>, info?: AttemptInfo) =>
  failureOfAttempt(() => activity(activities), info);
const start = (a: DuvoActivities) => a.startRun({ agentId: 'agent', message: 'a private text', key: 'key' });
const TIMES = { faultTimeoutMs: 3_600_000, confirmReadMs: 4_000 };
const respond = (a: DuvoActivities) =>
  a.respondToHumanRequest({ runId, requestId: 'r', answer: { approved: true }, key: 'key', ...TIMES });

describe('a 409', () => {
  const conflict: Fault['effect'] = { status: 409, body: { code: 'conflict' } };
  /** An attempt that many minutes after the first 409. */
  const info = (minutes: number): AttemptInfo => ({
    scheduledTimestampMs: 0,
    currentAttemptScheduledTimestampMs: minutes * 60_000,
    heartbeatDetails: {
      settledAttempt: 0,
      mayHaveArrived: false,
      faults: { sinceMs: 0, attempts: 1, last: { type: '', times: 1 }, conflict: { sinceMs: 0, times: 1 } },
    },
  });
  test('on a start is retried, because the first request of the key may be in flight', async () => {
    simulator.addFault({ operation: 'start', effect: conflict });
    expect(await attempt(start)).toMatchObject({ type: 'Duvo.Conflict', nonRetryable: false });
  });
  test('on a start that was retried for ten minutes is final', async () => {
    simulator.addFault({ operation: 'start', effect: conflict });
    expect(await attempt(start, info(11))).toMatchObject({ type: 'Duvo.Conflict', nonRetryable: true });
  });
  test('on a start that failed for ten minutes in another way is retried', async () => {
    simulator.addFault({ operation: 'start', effect: conflict });
    const late = { ...info(11), heartbeatDetails: undefined };
    expect(await attempt(start, late)).toMatchObject({ type: 'Duvo.Conflict', nonRetryable: false });
  });
  test('on the first delivery of an answer means that somebody else has answered', async () => {
    simulator.addFault({ operation: 'respond', effect: conflict });
    expect(await new MockActivityEnvironment().run(() => respond(activities))).toBe('answered-elsewhere');
  });
  test('on a delivery while the request is open is retried', async () => {
    simulator.script('asks', { steps: [{ ask: { type: 'approval', title: 'Pay?' } }] });
    const asking = simulator.startInDuvo('asks');
    const [request] = simulator.getRun(asking).humanRequests;
    simulator.addFault({ operation: 'respond', effect: conflict });
    const again = (a: DuvoActivities) =>
      a.respondToHumanRequest({
        runId: asking,
        requestId: request?.id ?? '',
        answer: { approved: true },
        key: 'k',
        ...TIMES,
      });
    expect(await attempt(again)).toMatchObject({ type: 'Duvo.Conflict', nonRetryable: false });
  });
  test('on another operation that changes something is final', async () => {
    simulator.addFault({ operation: 'post-message', effect: conflict });
    const failure = await attempt((a) => a.postMessage({ runId, text: 'x', key: 'k' }));
    expect(failure).toMatchObject({ type: 'Duvo.Conflict', nonRetryable: true });
  });
});

describe('a response that cannot be read', () => {
  const effect: Fault['effect'] = { replaceBody: '<html>' };
  const ask = () => {
    simulator.script('asked', { steps: [{ ask: { type: 'approval', title: 'Pay?' } }, { status: 'running' }] });
    const asked = simulator.startInDuvo('asked');
    const [request] = simulator.getRun(asked).humanRequests;
    return {
      runId: asked,
      requestId: request?.id ?? '',
      answer: { approved: true },
      key: 'k',
      ...TIMES,
    };
  };

  test('to a delivery that arrived counts as delivered', async () => {
    simulator.addFault({ operation: 'respond', effect });
    const input = ask();
    const deliver = () => activities.respondToHumanRequest(input);
    expect(await new MockActivityEnvironment().run(deliver)).toBe('delivered');
  });
  test('to a delivery while the request is open is retried', async () => {
    simulator.addFault({ operation: 'respond', effect: { status: 200, body: '<html>' } });
    const input = ask();
    expect(await attempt((a) => a.respondToHumanRequest(input))).toMatchObject({
      type: 'Duvo.ContractViolation',
      nonRetryable: false,
      details: [{ operation: 'runs.respond', field: 'body' }],
    });
  });
  test('to a stop is no failure', async () => {
    const stop = simulator.addFault({ operation: 'stop', effect });
    await new MockActivityEnvironment().run(() => activities.stopRun({ runId, key: 'stop' }));
    expect(stop.hits).toBe(1);
  });
  test.each([400, 403, 404, 418])('to a stop is no failure when it is a %i page of a proxy', async (status) => {
    const stop = simulator.addFault({ operation: 'stop', effect: { status, body: '<html>' } });
    await new MockActivityEnvironment().run(() => activities.stopRun({ runId, key: 'stop' }));
    expect(stop.hits).toBe(1);
  });
  test.each([400, 403])('to a stop is no such page when Duvo refuses it with a %i in its own words', async (status) => {
    simulator.addFault({ operation: 'stop', effect: { status } });
    expect(await attempt((a) => a.stopRun({ runId, key: 'stop' }))).toMatchObject({ nonRetryable: true });
  });
});
