import { inspect } from 'node:util';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createDuvoActivities, type DuvoActivities } from '../../activities';
import { DuvoClient } from '../../duvo';
import { DuvoSimulator, type Fault } from '../../testing';
import { type AttemptInfo, failureOfAttempt } from '../support/activity-attempt';

const SECRET = 'dv_secret_key_4711';
let simulator: DuvoSimulator;
let duvo: DuvoClient;
let activities: DuvoActivities;
/**
 * A client with a short timeout, only for tests in which Duvo never responds. With this timeout, a response on a busy
 * machine could arrive too late.
 */
let hastyDuvo: DuvoClient;
let hasty: DuvoActivities;
let runId: string;

beforeAll(async () => {
  simulator = await DuvoSimulator.start({ apiKey: SECRET });
  const credentials = { apiKey: SECRET, baseUrl: simulator.url };
  duvo = new DuvoClient(credentials);
  activities = createDuvoActivities({ client: duvo });
  hastyDuvo = new DuvoClient({ ...credentials, timeouts: { headersMs: 300 } });
  hasty = createDuvoActivities({ client: hastyDuvo });
  simulator.script('agent', { steps: [{ status: 'running' }] });
  runId = simulator.startInDuvo('agent');
});
afterAll(async () => {
  await Promise.all([duvo.close(), hastyDuvo.close()]);
  await simulator.close();
});

const attempt = (activity: (a: DuvoActivities) => Promise<unknown>, info?: AttemptInfo, by = activities) =>
  failureOfAttempt(() => activity(by), info);

const watch = (a: DuvoActivities) =>
  a.awaitRunChange({ runId, lastSeen: { status: 'running' }, ageMs: 0, pollSchedule: [{ intervalMs: 10_000 }] });
const look = (a: DuvoActivities) => a.getRun({ runId });
const start = (a: DuvoActivities) => a.startRun({ agentId: 'agent', message: 'a private text', key: 'key' });
const respond = (a: DuvoActivities) =>
  a.respondToHumanRequest({ runId, requestId: 'r', answer: { approved: true }, key: 'key' });

const refusedBy = (status: number, headers: Record<string, string> = {}): Fault['effect'] => ({
  status,
  headers,
  body: { code: 'some_code', message: `echo: a private text ${SECRET}`, request_id: 'req-1' },
});

describe.each([
  // columns: title, fault, failure type, whether it is retried, and the same for a start if it differs (a start is
  // retried after any response that cannot be read, because the next attempt searches for its run)
  ['408', refusedBy(408), 'Duvo.Timeout', true],
  ['425', refusedBy(425), 'Duvo.ServerError', true],
  ['429', refusedBy(429), 'Duvo.RateLimited', true],
  ['500', refusedBy(500), 'Duvo.ServerError', true],
  ['502', refusedBy(502), 'Duvo.ServerError', true],
  ['503', refusedBy(503), 'Duvo.ServerError', true],
  ['a reset', { reset: true }, 'Duvo.ConnectionFailed', true],
  ['a lost response', { dropResponse: true }, 'Duvo.ConnectionFailed', true],
  ['no response', { hold: 'before' }, 'Duvo.Timeout', true],
  ['401', refusedBy(401), 'Duvo.Unauthorized', false],
  ['403', refusedBy(403), 'Duvo.Forbidden', false],
  ['413', refusedBy(413), 'Duvo.TooLarge', false],
  ['422', refusedBy(422), 'Duvo.InvalidRequest', false],
  ['418', refusedBy(418), 'Duvo.RequestRefused', false],
  [
    'HTML instead of JSON',
    { replaceBody: '<html>proxy</html>', contentType: 'text/html' },
    'Duvo.ContractViolation',
    false,
    true,
  ],
  ['an empty body', { replaceBody: '' }, 'Duvo.ContractViolation', false, true],
  ['a body without its required field', { replaceBody: '{"run":{"id":"x"}}' }, 'Duvo.ContractViolation', false, true],
] as [string, Fault['effect'], string, boolean, boolean?][])(
  '%s',
  (_what, effect, type, retried, startRetried = retried) => {
    test.each([
      ['start', start],
      ['get', look],
    ] as const)('%s', async (on, activity) => {
      const fault = simulator.addFault({ operation: on, effect });
      const failure = await attempt(activity, {}, 'hold' in effect ? hasty : activities);
      fault.remove();
      expect(failure).toMatchObject({ type, nonRetryable: !(on === 'start' ? startRetried : retried) });
      expect(failure.details?.[0]).toMatchObject({
        operation: `runs.${on}`,
        path: on === 'start' ? '/v1/runs' : '/v1/runs/{run_id}',
      });
      // The message is short and has no secret and no text of a person.
      expect(failure.message.length).toBeLessThan(1_000);
      expect(inspect(failure, { depth: 10 })).not.toMatch(/dv_secret|private text/);
    });
  },
);

test('a refused connection is retried', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const nowhere = new DuvoClient({ apiKey: SECRET, baseUrl: `http://127.0.0.1:${port}` });
  const failure = await attempt(look, {}, createDuvoActivities({ client: nowhere }));
  expect(failure).toMatchObject({ type: 'Duvo.ConnectionFailed', nonRetryable: false });
  await nowhere.close();
});

test('a 404 on a run returns the status gone and is no failure', async () => {
  const look404 = await new MockActivityEnvironment().run(() => activities.getRun({ runId: 'nobody' }));
  expect(look404).toMatchObject({ runId: 'nobody', status: 'gone' });
});

test('a 404 on a start is final', async () => {
  const failure = await attempt((a) => a.startRun({ agentId: 'nobody', key: 'k' }));
  expect(failure).toMatchObject({ type: 'Duvo.NotFound', nonRetryable: true });
});

describe('Retry-After delays the next attempt by its value plus at most a tenth', () => {
  test.each([
    ['seconds', { 'retry-after': '120' }, 120_000],
    ['a reset of the rate limit', { 'ratelimit-reset': '30', 'ratelimit-remaining': '0' }, 30_000],
  ])('%s', async (_what, headers, atLeast) => {
    simulator.addFault({ operation: 'get', effect: refusedBy(429, headers) });
    const { nextRetryDelay = 0 } = await attempt(look);
    expect(nextRetryDelay).toBeGreaterThanOrEqual(atLeast);
    expect(nextRetryDelay).toBeLessThanOrEqual(atLeast * 1.1);
  });

  test('but not by more than an hour and a tenth', async () => {
    simulator.addFault({ operation: 'get', effect: refusedBy(503, { 'retry-after': String(30 * 86_400) }) });
    const { nextRetryDelay = 0 } = await attempt(look);
    expect(nextRetryDelay).toBeGreaterThanOrEqual(3_600_000);
    expect(nextRetryDelay).toBeLessThanOrEqual(3_960_000);
  });

  test('a poll interval that is longer than Retry-After applies', async () => {
    simulator.addFault({ operation: 'get', effect: refusedBy(429, { 'retry-after': '1' }) });
    expect((await attempt(watch)).nextRetryDelay).toBeGreaterThanOrEqual(9_000);
  });
});

test('a poll that finds nothing new fails benignly with the delay of the next poll', async () => {
  const failure = await attempt(watch, { attempt: 500 });
  expect(failure).toMatchObject({ type: 'Duvo.RunUnchanged', category: 'BENIGN', nonRetryable: false });
  expect(failure.nextRetryDelay).toBeGreaterThanOrEqual(9_000);
  expect(failure.nextRetryDelay).toBeLessThanOrEqual(11_000);
});

test('a poll that fails has the failure type of its fault and the poll interval as its delay, at every attempt', async () => {
  simulator.addFault({ operation: 'get', effect: refusedBy(500) });
  const failure = await attempt(watch, { attempt: 500 });
  expect(failure.type).toBe('Duvo.ServerError');
  expect(failure.category).not.toBe('BENIGN');
  expect(failure.nextRetryDelay).toBeGreaterThanOrEqual(9_000);
  expect(failure.nextRetryDelay).toBeLessThanOrEqual(12_100);
});

describe('a 409', () => {
  const conflict: Fault['effect'] = { status: 409, body: { code: 'conflict' } };
  test('on a start is retried, because the first request of the key may be in flight', async () => {
    simulator.addFault({ operation: 'start', effect: conflict });
    expect(await attempt(start)).toMatchObject({ type: 'Duvo.Conflict', nonRetryable: false });
  });
  test('on a start that was retried for ten minutes is final', async () => {
    simulator.addFault({ operation: 'start', effect: conflict });
    const info = { scheduledTimestampMs: 0, currentAttemptScheduledTimestampMs: 11 * 60_000 };
    expect(await attempt(start, info)).toMatchObject({ type: 'Duvo.Conflict', nonRetryable: true });
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
      a.respondToHumanRequest({ runId: asking, requestId: request?.id ?? '', answer: { approved: true }, key: 'k' });
    expect(await attempt(again)).toMatchObject({ type: 'Duvo.Conflict', nonRetryable: false });
  });
  test('on any other operation is final', async () => {
    simulator.addFault({ operation: 'get', effect: conflict });
    expect(await attempt(look)).toMatchObject({ type: 'Duvo.Conflict', nonRetryable: true });
  });
});

describe('a response that cannot be read', () => {
  const effect: Fault['effect'] = { replaceBody: '<html>' };
  const ask = () => {
    simulator.script('asked', { steps: [{ ask: { type: 'approval', title: 'Pay?' } }, { status: 'running' }] });
    const asked = simulator.startInDuvo('asked');
    const [request] = simulator.getRun(asked).humanRequests;
    return { runId: asked, requestId: request?.id ?? '', answer: { approved: true }, key: 'k' };
  };

  test('to a delivery that arrived counts as delivered', async () => {
    simulator.addFault({ operation: 'respond', effect });
    const input = ask();
    const deliver = () => activities.respondToHumanRequest(input);
    expect(await new MockActivityEnvironment().run(deliver)).toBe('delivered');
  });
  test('to a delivery while the request is open is final', async () => {
    simulator.addFault({ operation: 'respond', effect: { status: 200, body: '<html>' } });
    const input = ask();
    expect(await attempt((a) => a.respondToHumanRequest(input))).toMatchObject({
      type: 'Duvo.ContractViolation',
      nonRetryable: true,
      details: [{ operation: 'runs.respond', field: 'body' }],
    });
  });
  test('to a stop is no failure', async () => {
    const stop = simulator.addFault({ operation: 'stop', effect });
    await new MockActivityEnvironment().run(() => activities.stopRun({ runId, key: 'stop' }));
    expect(stop.hits).toBe(1);
  });
});

test('a message that is too large is refused before it is sent, with the field and the limit', async () => {
  const before = simulator.ledger.length;
  const failure = await attempt((a) => a.startRun({ agentId: 'agent', message: 'x'.repeat(3_000_000), key: 'k' }));
  expect(failure).toMatchObject({ type: 'Duvo.TooLarge', nonRetryable: true, details: [{ field: 'message' }] });
  expect(failure.message).toMatch(/message.*\d/);
  expect(simulator.ledger).toHaveLength(before);
});

test('every attempt of a start sends the same key, and a start with other content sends another key', async () => {
  const keys = async (message: string) => {
    const before = simulator.ledger.length;
    await new MockActivityEnvironment().run(() => activities.startRun({ agentId: 'agent', message, key: 'the same' }));
    return simulator.ledger[before]?.idempotencyKey;
  };
  expect(await keys('one')).toBe(await keys('one'));
  expect(await keys('one')).not.toBe(await keys('two'));
});
