import { createDuvoActivities } from '../../activities';
import type { Fault } from '../../testing';
import { recordAttempt } from '../support/activities/activity-attempt';
import { again, AGENT, attempt, setUpStartAttempts, simulator, starts } from '../support/activities/start-attempts';
import { createClient, replyJson, TestServer } from '../support/duvo/http-test-server';

setUpStartAttempts();

test.each([
  ['a reset', { reset: true }, true],
  ['a lost response', { dropResponse: true }, true],
  ['a 500', { status: 500 }, true],
  ['a 504', { status: 504 }, true],
  ['a 503 in the words of Duvo', { status: 503 }, false],
  ['a 503 page of a proxy', { status: 503, body: '<html>' }, true],
  ['a 403 in the words of Duvo', { status: 403 }, false],
  ['a 403 page of a proxy', { status: 403, body: '<html>' }, true],
  ['a 429', { status: 429 }, false],
  ['a 409', { status: 409 }, false],
] as [string, Fault['effect'], boolean][])(
  '%s: whether it may have arrived is left for the next attempt',
  async (_what, effect, maybe) => {
    simulator.addFault({ operation: 'start', effect });
    const { lastDetails } = await attempt();
    expect(lastDetails).toMatchObject({ mayHaveArrived: maybe });
  },
);

test('a start is sent without a search when no attempt may have arrived', async () => {
  expect((await attempt(again({ mayHaveArrived: false }))).snapshot).toMatchObject({ status: 'running' });
  expect(simulator.ledger.map(({ operation }) => operation)).toEqual(['start']);
});

test('a start searches for its run after an attempt without heartbeat details', async () => {
  simulator.addFault({ operation: 'start', effect: { dropResponse: true } });
  await attempt();
  expect((await attempt(again(undefined))).snapshot).toMatchObject({ origin: 'adopted' });
  expect(starts()).toBe(1);
});

test('a start searches for its run after a killed worker whose heartbeat details are older than its request', async () => {
  simulator.addFault({ operation: 'start', effect: { status: 503 } });
  const { lastDetails } = await attempt();
  simulator.addFault({ operation: 'start', effect: { dropResponse: true } });
  await attempt(again(lastDetails));
  const third = await attempt({ attempt: 3, heartbeatDetails: lastDetails });
  expect(third.snapshot).toMatchObject({ origin: 'adopted' });
});

test('a start still searches for its run when an attempt may have arrived and a later attempt was refused', async () => {
  simulator.addFault({ operation: 'start', effect: { reset: true } });
  const first = await attempt();
  simulator.addFault({ operation: 'start', effect: { status: 429 } });
  const second = await attempt(again(first.lastDetails));
  expect(second.lastDetails).toMatchObject({ mayHaveArrived: true });
});

test('a run that Duvo created before a proxy answered the start with a 503 page is adopted', async () => {
  simulator.addFault({ operation: 'start', effect: { replaceBody: '<html>', status: 503 } });
  const { lastDetails } = await attempt();
  expect((await attempt(again(lastDetails))).snapshot).toMatchObject({ origin: 'adopted' });
  expect(starts()).toBe(1);
});

test.each([403, 400, 404])('only a %i in the words of Duvo says that a start created no run', async (status) => {
  simulator.addFault({ operation: 'start', effect: { status } });
  expect((await attempt()).failure?.details).toMatchObject([{ notStarted: true }]);
  simulator.addFault({ operation: 'start', effect: { replaceBody: '<html>', status } });
  const { failure } = await attempt();
  expect(failure).toMatchObject({ nonRetryable: true });
  expect(failure?.details?.[0]).not.toHaveProperty('notStarted');
});

test.each([
  [{ code: 'sandbox_not_found', message: 'no' }, /^sandbox "sandbox-1" does not exist or .*\(sandbox_not_found\)/],
  ['no such page', /^runs\.start: /],
])('a start that is answered with 404 and %j blames only what Duvo does not find', async (body, message) => {
  const server = await TestServer.start();
  const client = createClient(server);
  server.handler = replyJson(404, body);
  const activities = createDuvoActivities({ client });
  const start = () => activities.startRun({ agentId: AGENT, sandboxId: 'sandbox-1', key: 'key' });
  const { failure } = await recordAttempt(start);
  await client.close();
  await server.stop();
  expect(failure).toMatchObject({ type: 'Duvo.NotFound', message: expect.stringMatching(message) as string });
});

test('the delay before a start is sent again grows with its requests, and not with the attempts that searched for its run', async () => {
  simulator.addFault({ operation: 'start', effect: { status: 500 }, times: Infinity });
  const heartbeatDetails = { settledAttempt: 8, mayHaveArrived: true, sendCount: 1 };
  const { failure, lastDetails } = await attempt({ attempt: 9, heartbeatDetails });
  expect(lastDetails).toMatchObject({ sendCount: 2 });
  expect(failure).toMatchObject({ type: 'Duvo.ServerError', nonRetryable: false });
  expect(failure?.nextRetryDelay).toBeLessThan(2_300);
});

test('the run of a start is adopted as the list shows it when it cannot be read', async () => {
  simulator.addFault({ operation: 'start', effect: { dropResponse: true } });
  const { lastDetails } = await attempt();
  simulator.addFault({ operation: 'get', effect: { status: 503 } });
  const { snapshot } = await attempt(again(lastDetails));
  expect(snapshot).toMatchObject({ runId: simulator.runs[0]?.id, status: 'running', origin: 'adopted' });
});

test('a run that this worker started with another key is never adopted', async () => {
  const other = await attempt({}, 'their key');
  simulator.addFault({ operation: 'start', effect: { reset: true } });
  const { lastDetails } = await attempt();
  const { snapshot } = await attempt(again(lastDetails));
  expect(snapshot?.runId).not.toBe(other.snapshot?.runId);
  expect(snapshot).not.toHaveProperty('origin');
});

describe('a new run without a message', () => {
  beforeEach(() => void simulator.startInDuvo(AGENT));
  const failedRequest = { type: 'Duvo.ServerError', method: 'POST', path: '/v1/runs' };

  test('is searched for again later, with the failure type of the first fault', async () => {
    const { failure, lastDetails } = await attempt(again({ mayHaveArrived: true, failedRequest }));
    expect(failure).toMatchObject({ type: 'Duvo.ServerError', nonRetryable: false });
    expect(failure?.nextRetryDelay).toBeGreaterThan(1_000);
    expect(lastDetails).toMatchObject({ mayHaveArrived: true, searchCount: 1 });
    expect(starts()).toBe(0);
  });

  test('is adopted by a start without a message after five searches', async () => {
    const { snapshot } = await attempt(again({ mayHaveArrived: true, failedRequest, searchCount: 4 }), 'key', '');
    expect(snapshot).toMatchObject({ runId: simulator.runs[0]?.id, origin: 'adopted' });
  });

  test('is not adopted by a start without a message when its messages cannot be read: a person decides', async () => {
    simulator.addFault({ operation: 'messages', effect: { replaceBody: '<html>' }, times: Infinity });
    const first = await attempt(again({ mayHaveArrived: true, failedRequest }), 'key', '');
    expect(first.failure).toMatchObject({
      nonRetryable: false,
      message: expect.stringContaining('messages of 1 new runs cannot be read') as string,
    });
    const last = await attempt(again({ ...(first.lastDetails as object), searchCount: 4 }), 'key', '');
    expect(last.failure).toMatchObject({
      type: 'Duvo.StartAmbiguous',
      nonRetryable: true,
      details: [{ candidates: [{ runId: simulator.runs[0]?.id }] }],
    });
    expect(starts()).toBe(0);
  });

  test('makes a start with a message ambiguous after five searches', async () => {
    const { failure } = await attempt(again({ mayHaveArrived: true, failedRequest, searchCount: 4 }));
    const [run] = simulator.runs;
    expect(failure).toMatchObject({
      type: 'Duvo.StartAmbiguous',
      nonRetryable: true,
      details: [{ operation: 'runs.start', method: 'POST', path: '/v1/runs', candidates: [{ runId: run?.id }] }],
    });
    expect(starts()).toBe(0);
  });
});

const UNREADABLE: [string, Fault['effect'], string][] = [
  ['HTML', { replaceBody: '<html>', contentType: 'text/html' }, 'body'],
  ['half of the body', { replaceBody: '{"run":{"id":"x' }, 'body'],
  ['no id', { replaceBody: '{"run":{"status":"queued"}}' }, 'run.id'],
  ['no run', { replaceBody: '{"run":null}' }, 'run'],
];
describe.each(UNREADABLE)('a start that Duvo accepted with an unreadable response (%s)', (_what, effect, field) => {
  const failedRequest = { type: 'Duvo.ContractViolation', method: 'POST', path: '/v1/runs', field };
  const details = [{ operation: 'runs.start', method: 'POST', path: '/v1/runs', field }];

  test('searches for its run and adopts the run', async () => {
    simulator.addFault({ operation: 'start', effect });
    const { failure, lastDetails } = await attempt();
    expect(failure).toMatchObject({ type: 'Duvo.ContractViolation', nonRetryable: false, details });
    expect(lastDetails).toMatchObject({ mayHaveArrived: true, failedRequest });
    expect((await attempt(again(lastDetails))).snapshot).toMatchObject({
      runId: simulator.runs[0]?.id,
      origin: 'adopted',
    });
    expect(starts()).toBe(1);
  });

  test('repeats the search while its run is not listed, and is never sent again', async () => {
    const { failure, lastDetails } = await attempt(again({ mayHaveArrived: true, failedRequest }));
    expect(failure).toMatchObject({ type: 'Duvo.ContractViolation', nonRetryable: false, details });
    expect(failure?.nextRetryDelay).toBeGreaterThan(1_000);
    expect(lastDetails).toMatchObject({ searchCount: 1, failedRequest });
    const last = await attempt(again({ ...(lastDetails as object), searchCount: 4 }));
    expect(last.failure).toMatchObject({ type: 'Duvo.StartAmbiguous', nonRetryable: true, details });
    expect(last.failure).toHaveProperty('message', expect.stringContaining(`${field} is not what the API promises`));
    expect(starts()).toBe(0);
  });
});

test('a run that was found but cannot be read is adopted with the data from the list', async () => {
  simulator.addFault({ operation: 'start', effect: { dropResponse: true } });
  const { lastDetails } = await attempt();
  simulator.addFault({ operation: 'get', effect: { replaceBody: '<html>' } });
  const [run] = simulator.runs;
  expect((await attempt(again(lastDetails))).snapshot).toMatchObject({
    runId: run?.id,
    status: 'running',
    origin: 'adopted',
  });
});

test('a start is ambiguous when this Duvo does not list runs, and nothing is sent', async () => {
  simulator.addFault({ operation: 'start', effect: { dropResponse: true } });
  await attempt();
  simulator.addFault({ operation: 'list', effect: { status: 404 } });
  expect((await attempt(again(undefined))).failure).toMatchObject({ type: 'Duvo.StartAmbiguous', nonRetryable: true });
  expect(starts()).toBe(1);
});

test.each([
  ['403', 'list', { status: 403 }],
  ['HTML', 'list', { replaceBody: '<html>' }],
  ['404 of a run’s messages', 'messages', { status: 404 }],
] as [string, Fault['operation'], Fault['effect']][])(
  'a search that cannot be read (%s) is repeated, and a start is ambiguous after five such searches',
  async (_what, operation, effect) => {
    simulator.addFault({ operation: 'start', effect: { dropResponse: true } });
    await attempt();
    simulator.addFault({ operation, effect, times: 2 });
    const { failure, lastDetails } = await attempt(again(undefined));
    expect(failure).toMatchObject({ nonRetryable: false });
    const last = await attempt(again({ ...(lastDetails as object), searchCount: 4 }));
    expect(last.failure).toMatchObject({ type: 'Duvo.StartAmbiguous', nonRetryable: true });
    // A search at once does not read a run again.
    while ((await attempt(again(lastDetails))).snapshot?.origin !== 'adopted');
    expect(starts()).toBe(1);
  },
);

test('a list that fails temporarily is retried with the failure type of its fault, and no start is sent', async () => {
  simulator.addFault({ operation: 'list', effect: { status: 429, headers: { 'retry-after': '7' } } });
  const { failure, lastDetails } = await attempt(again({ mayHaveArrived: true }));
  expect(failure).toMatchObject({ type: 'Duvo.RateLimited', nonRetryable: false });
  expect(failure?.nextRetryDelay).toBeGreaterThanOrEqual(7_000);
  expect(lastDetails ?? { mayHaveArrived: true }).toMatchObject({ mayHaveArrived: true });
  expect(starts()).toBe(0);
});
