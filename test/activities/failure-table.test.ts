import { inspect } from 'node:util';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createDuvoActivities, type DuvoActivities } from '../../activities';
import { DuvoClient } from '../../duvo';
import { DuvoSimulator, type Fault } from '../../testing';
import { type AttemptInfo, failureOfAttempt, recordAttempt } from '../support/activities/activity-attempt';

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
  a.awaitRunChange({
    runId,
    lastSeen: { status: 'running' },
    ageMs: 0,
    pollSchedule: [{ intervalMs: 10_000 }],
    faultTimeoutMs: 60_000,
  });
const look = (a: DuvoActivities) => a.getRun({ runId, faultTimeoutMs: 3_600_000 });
const start = (a: DuvoActivities) => a.startRun({ agentId: 'agent', message: 'a private text', key: 'key' });

const refusedBy = (status: number, headers: Record<string, string> = {}): Fault['effect'] => ({
  status,
  headers,
  body: { code: 'some_code', message: `echo: a private text ${SECRET}`, request_id: 'req-1' },
});

describe.each([
  // columns: title, fault, failure type, and whether a start is retried. A start is retried after any response that
  // cannot be read, because the next attempt searches for its run. A poll is retried whatever was answered.
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
    true,
  ],
  ['an empty body', { replaceBody: '' }, 'Duvo.ContractViolation', true],
  ['a body without its required field', { replaceBody: '{"run":{"id":"x"}}' }, 'Duvo.ContractViolation', true],
] as [string, Fault['effect'], string, boolean][])('%s', (_what, effect, type, startRetried) => {
  test.each([
    ['start', start],
    ['get', look],
  ] as const)('%s', async (on, activity) => {
    const fault = simulator.addFault({ operation: on, effect });
    const failure = await attempt(activity, {}, 'hold' in effect ? hasty : activities);
    fault.remove();
    expect(failure).toMatchObject({ type, nonRetryable: on === 'start' && !startRetried });
    expect(failure.details?.[0]).toMatchObject({
      operation: `runs.${on}`,
      path: on === 'start' ? '/v1/runs' : '/v1/runs/{run_id}',
    });
    // The message is short and has no secret and no text of a person.
    expect(failure.message.length).toBeLessThan(1_000);
    expect(inspect(failure, { depth: 10 })).not.toMatch(/dv_secret|private text/);
  });
});

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

describe('a read that has no verdict', () => {
  const MINUTE = 60_000;
  const nobody = (a: DuvoActivities) => a.getRun({ runId: 'nobody', faultTimeoutMs: 60 * MINUTE });
  /** An attempt at this time, after attempts with these faults. */
  const after = (minutes: number, faults: object): AttemptInfo => ({
    attempt: 9,
    currentAttemptScheduledTimestampMs: minutes * MINUTE,
    heartbeatDetails: { faults: { sinceMs: 0, attempts: 8, last: { type: '', times: 1 }, ...faults } },
  });
  const span = (times: number, sinceMs = 0) => ({ sinceMs, times });

  /** Makes attempts at these minutes, with these faults in place of the API's 404; 'ok' is a good read. */
  const readAt = async (...attempts: [minutes: number, effect?: Fault['effect']][]) => {
    let details: unknown;
    let last: Awaited<ReturnType<typeof recordAttempt>> | undefined;
    for (const [index, [minutes, effect]] of attempts.entries()) {
      if (effect) simulator.addFault({ operation: 'get', effect });
      const info = { attempt: index + 1, currentAttemptScheduledTimestampMs: minutes * MINUTE };
      last = await recordAttempt(() => nobody(activities), { ...info, heartbeatDetails: details });
      details = last.lastDetails ?? details;
    }
    return last;
  };

  test('a 404 in the words of the API makes a run gone when it is repeated for a minute', async () => {
    expect((await readAt([0]))?.failure).toMatchObject({ type: 'Duvo.NotFound', nonRetryable: false });
    expect((await readAt([0], [0.9]))?.failure).toMatchObject({ nonRetryable: false });
    expect((await readAt([0], [1]))?.snapshot).toMatchObject({ runId: 'nobody', status: 'gone' });
  });
  test.each([
    ['422', refusedBy(422)],
    ['403', refusedBy(403)],
    ['503', refusedBy(503)],
    ['404 with HTML', { status: 404, body: '<html>' }],
  ] as [string, Fault['effect']][])('the minute of the 404s begins anew after a %s', async (_what, effect) => {
    expect((await readAt([0, effect], [2]))?.failure).toMatchObject({ type: 'Duvo.NotFound', nonRetryable: false });
    expect((await readAt([0], [2, effect], [3]))?.failure).toMatchObject({
      type: 'Duvo.NotFound',
      nonRetryable: false,
    });
    expect((await readAt([0], [2, effect], [3], [4]))?.snapshot).toMatchObject({ status: 'gone' });
  });
  test('a 422 in the words of the API is final after a minute', async () => {
    simulator.addFault({ operation: 'get', effect: refusedBy(422), times: 2 });
    const refused = { last: { type: 'Duvo.InvalidRequest', status: 422, times: 1 }, refused: span(1) };
    expect(await attempt(look, after(0.9, refused))).toMatchObject({ nonRetryable: false });
    const failure = await attempt(look, after(1, refused));
    expect(failure).toMatchObject({ type: 'Duvo.RunUnreadable', nonRetryable: true, details: [{ status: 422 }] });
  });
  test.each([
    ['401', refusedBy(401)],
    ['403', refusedBy(403)],
    ['404 with HTML', { status: 404, body: '<html>' }],
    ['HTML', { replaceBody: '<html>' }],
  ] as [string, Fault['effect']][])('%s is final after the time limit and five attempts', async (_what, how) => {
    const fault = simulator.addFault({ operation: 'get', effect: how, times: Infinity });
    expect(await attempt(look, after(59, { unreadable: span(90) }))).toMatchObject({ nonRetryable: false });
    expect(await attempt(look, after(60, { unreadable: span(3) }))).toMatchObject({ nonRetryable: false });
    const failure = await attempt(look, after(60, { unreadable: span(4) }));
    expect(failure).toMatchObject({ type: 'Duvo.RunUnreadable', nonRetryable: true });
    fault.remove();
  });
  test('the limit counts from the first such answer, not from the first fault', async () => {
    simulator.addFault({ operation: 'get', effect: refusedBy(403) });
    const info = after(120, { sinceMs: 0, attempts: 500, unreadable: span(4, 100 * MINUTE) });
    expect(await attempt(look, info)).toMatchObject({ type: 'Duvo.Forbidden', nonRetryable: false });
  });
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
