import { inspect } from 'node:util';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createDuvoActivities, type DuvoActivities } from '../../activities';
import type { DuvoClient } from '../../duvo';
import { recordAttempt } from '../support/activities/activity-attempt';
import { createClient, type RequestHandler, replyJson, replyText, TestServer } from '../support/duvo/http-test-server';

const AGENT = {
  id: 'a-1',
  name: 'Reader',
  team_id: 't-1',
  created_at: '2026-01-01T00:00:00Z',
  updated_at: '2026-01-01T00:00:00Z',
};
const ID = '00000000-0000-4000-8000-000000000001';

let server: TestServer;
let duvo: { v1: DuvoClient; v2: DuvoClient };

beforeAll(async () => {
  server = await TestServer.start();
  duvo = { v1: createClient(server), v2: createClient(server, { dialect: 'v2', teamId: ID }) };
});
beforeEach(() => void server.requests.splice(0));
afterAll(async () => {
  await duvo.v1.close();
  await duvo.v2.close();
  await server.stop();
});

type Info = ConstructorParameters<typeof MockActivityEnvironment>[0];
interface Failure {
  type?: string;
  nonRetryable?: boolean;
  message: string;
  details?: unknown[];
}

const run = <T>(activity: (a: DuvoActivities) => Promise<T>, dialect: 'v1' | 'v2', info: Info = {}) =>
  new MockActivityEnvironment(info).run<[], T, () => Promise<T>>(() =>
    activity(createDuvoActivities({ client: duvo[dialect] })),
  );

async function failure(activity: (a: DuvoActivities) => Promise<unknown>, dialect: 'v1' | 'v2', info: Info = {}) {
  try {
    throw new Error(`it succeeded: ${inspect(await run(activity, dialect, info))}`);
  } catch (error) {
    return error as Failure;
  }
}

const key = 'a step';
const cases = [{ title: 'one', data: 'a private text' }];
const CALLS: [name: string, activity: (a: DuvoActivities) => Promise<unknown>, mutates: boolean, v2Only: boolean][] = [
  ['createAgent', (a) => a.createAgent({ name: 'Reader', key }), true, false],
  ['getAgent', (a) => a.getAgent({ agentId: ID }), false, true],
  ['listAgents', (a) => a.listAgents({ limit: 10 }), false, true],
  ['listAgentSchedules', (a) => a.listAgentSchedules({ agentId: ID }), false, true],
  ['listRuns', (a) => a.listRuns({ agentId: ID }), false, false],
  ['listMessages', (a) => a.listMessages({ runId: ID }), false, false],
  ['postMessage', (a) => a.postMessage({ runId: ID, text: 'a private text', key }), true, false],
  ['getQueue', (a) => a.getQueue({ queueId: ID }), false, true],
  ['listQueues', (a) => a.listQueues({}), false, true],
  ['createCases', (a) => a.createCases({ queueId: ID, cases, key }), true, false],
  ['getCase', (a) => a.getCase({ caseId: ID }), false, true],
  ['listCases', (a) => a.listCases({ queueId: ID }), false, true],
  ['listCaseRuns', (a) => a.listCaseRuns({ caseId: ID }), false, true],
  ['createSandbox', (a) => a.createSandbox({ key }), true, false],
  ['listSandboxFiles', (a) => a.listSandboxFiles({ sandboxId: ID }), false, true],
];

describe.each(CALLS)('%s', (_name, activity, mutates, v2Only) => {
  const dialects = v2Only ? (['v2'] as const) : (['v1', 'v2'] as const);

  test.each(dialects)(
    'makes one request in %s, and what comes back wrong is a failure of its own type',
    async (dialect) => {
      for (const [answer, type, retried] of [
        [replyJson(503, { code: 'down', message: 'a private text' }), 'Duvo.ServerError', true],
        // A read is retried for ten minutes, because these answers say nothing about the resource.
        [replyJson(403, { error: 'insufficient_scope' }), 'Duvo.Forbidden', !mutates],
        [replyJson(200, { odd: true }), 'Duvo.ContractViolation', !mutates],
      ] as [RequestHandler, string, boolean][]) {
        server.handler = answer;
        const failed = await failure(activity, dialect);
        expect(failed).toMatchObject({ type, nonRetryable: !retried });
        expect(inspect(failed, { depth: 10 })).not.toMatch(/dv_test|private text/);
      }
      expect(server.requests).toHaveLength(3);
      const keys = new Set(server.requests.map(({ headers }) => headers['idempotency-key']));
      expect([...keys]).toEqual([mutates ? (expect.stringMatching(/^[0-9a-f]{64}$/) as string) : undefined]);
    },
  );

  if (v2Only) {
    test('is refused in v1 before anything is sent', async () => {
      expect(await failure(activity, 'v1')).toMatchObject({ type: 'Duvo.NotInDialect', nonRetryable: true });
      expect(server.requests).toHaveLength(0);
    });
  }
});

test('a read is final when the API says in its own words that there is no such resource', async () => {
  server.handler = replyJson(404, { error: 'agent_not_found' });
  const missing = (a: DuvoActivities) => a.getAgent({ agentId: ID });
  expect(await failure(missing, 'v2')).toMatchObject({ type: 'Duvo.NotFound', nonRetryable: true });
  server.handler = replyJson(404, { odd: true });
  expect(await failure(missing, 'v2')).toMatchObject({ type: 'Duvo.NotFound', nonRetryable: false });
});

test('a read without a usable answer is final after ten minutes and five attempts', async () => {
  server.handler = replyJson(200, { odd: true });
  const after = (times: number): Info => ({
    currentAttemptScheduledTimestampMs: 600_000,
    heartbeatDetails: {
      faults: { sinceMs: 0, attempts: times, last: { type: '', times }, unreadable: { sinceMs: 0, times } },
    },
  });
  const read = (a: DuvoActivities) => a.getAgent({ agentId: ID });
  expect(await failure(read, 'v2', after(3))).toMatchObject({ nonRetryable: false });
  expect(await failure(read, 'v2', after(4))).toMatchObject({ type: 'Duvo.ContractViolation', nonRetryable: true });
});

test('a result is plain JSON in the order of the input', async () => {
  server.handler = replyJson(201, {
    added_cases: [
      { id: 'c-1', title: 'one', status: 'pending', labels: [] },
      { id: 'c-2', title: 'two', status: 'pending', labels: [] },
    ],
  });
  const created = await run(
    (a) => a.createCases({ queueId: 'q', cases: [{ title: 'one' }, { title: 'two' }], key }),
    'v1',
  );
  expect(created.map(({ id }) => id)).toEqual(['c-1', 'c-2']);
  expect(JSON.parse(JSON.stringify(created))).toMatchObject([{ title: 'one' }, { title: 'two' }]);
});

test('the key depends on the step and on the content', async () => {
  server.handler = replyJson(201, { agent: AGENT });
  for (const [name, step] of [
    ['one', 'a'],
    ['one', 'a'],
    ['two', 'a'],
    ['one', 'b'],
  ] as const) {
    await run((a) => a.createAgent({ name, key: step }), 'v1');
  }
  const [first, second, third, fourth] = server.requests.map(({ headers }) => headers['idempotency-key']);
  expect(first).toBe(second);
  expect(new Set([first, third, fourth]).size).toBe(3);
});

test('a response that does not fit into a history is final and recommends a smaller page', async () => {
  server.handler = replyJson(200, { messages: [{ id: 'm', text_content: 'x'.repeat(2_000_000) }], total: 1 });
  const failed = await failure((a) => a.listMessages({ runId: 'r' }), 'v1');
  expect(failed).toMatchObject({ type: 'Duvo.TooLarge', nonRetryable: true, details: [{ field: 'limit' }] });
  expect(failed.message).toContain('smaller page');
});

/** The heartbeat details of attempts whose first 409 came at this time. */
const conflictAt = (sinceMs: number) => ({
  faults: { sinceMs: 0, attempts: 8, last: { type: '', times: 1 }, conflict: { sinceMs, times: 1 } },
});

test.each([
  ['the error code is idempotency_in_flight', { code: 'idempotency_in_flight' }, {}, false],
  ['it is a later attempt', { code: 'conflict' }, { attempt: 2 }, false],
  ['it is the first attempt', { code: 'conflict' }, {}, true],
  [
    'a later attempt, ten minutes after the first 409',
    { code: 'conflict' },
    { attempt: 9, currentAttemptScheduledTimestampMs: 660_000, heartbeatDetails: conflictAt(0) },
    true,
  ],
  [
    'a later attempt, after ten minutes of other faults',
    { code: 'conflict' },
    { attempt: 9, currentAttemptScheduledTimestampMs: 660_000, heartbeatDetails: conflictAt(600_000) },
    false,
  ],
])('a 409 on a create is retried only if the first request may be in flight: %s', async (_what, body, info, final) => {
  server.handler = replyJson(409, body);
  const failed = await failure((a) => a.createCases({ queueId: 'q', cases, key }), 'v1', info);
  expect(failed).toMatchObject({ type: 'Duvo.Conflict', nonRetryable: final });
});

test.each([503, 403, 400])('a call that a proxy answers with a %i page may have taken effect', async (status) => {
  const createCases = (a: DuvoActivities) => a.createCases({ queueId: 'q', cases, key });
  server.handler = replyText(status, '<html>');
  const first = await recordAttempt(() =>
    createDuvoActivities({ client: duvo.v1 }).createCases({ queueId: 'q', cases, key }),
  );
  server.handler = replyJson(403, { error: 'insufficient_scope' });
  const second = await failure(createCases, 'v1', { attempt: 2, heartbeatDetails: first.lastDetails });
  expect(second.details).toMatchObject([{ mayHaveHappened: true }]);
});

/** The details of a first attempt that was refused. */
const REFUSED_FIRST = { settledAttempt: 1, mayHaveHappened: false };

test.each([
  ['the first attempt', { attempt: 1 }, undefined],
  ['an attempt after one that was refused', { attempt: 2, heartbeatDetails: REFUSED_FIRST }, undefined],
  ['an attempt after one whose response was lost', { attempt: 2, heartbeatDetails: { mayHaveHappened: true } }, true],
  ['an attempt after one whose worker died', { attempt: 2 }, true],
  ['an attempt after one whose worker died with older details', { attempt: 3, heartbeatDetails: REFUSED_FIRST }, true],
])('the refusal of %s says whether the call may have taken effect', async (_what, info, mayHaveHappened) => {
  server.handler = replyJson(403, { error: 'insufficient_scope' });
  for (const call of [
    (a: DuvoActivities) => a.createCases({ queueId: 'q', cases, key }),
    (a: DuvoActivities) => a.postMessage({ runId: 'r', text: 'go on', key }),
  ]) {
    const failed = await failure(call, 'v1', info);
    expect(failed).toMatchObject({ type: 'Duvo.Forbidden', nonRetryable: true });
    expect((failed.details?.[0] as { mayHaveHappened?: boolean }).mayHaveHappened).toBe(mayHaveHappened);
  }
});

test('a 409 on a message is final, because the run is running', async () => {
  server.handler = replyJson(409, { code: 'run_is_running' });
  const failed = await failure((a) => a.postMessage({ runId: 'r', text: 'go on', key }), 'v1', { attempt: 2 });
  expect(failed).toMatchObject({ type: 'Duvo.Conflict', nonRetryable: true });
});

test('a cancellation aborts a read that hangs at the socket', async () => {
  server.handler = () => undefined;
  const environment = new MockActivityEnvironment();
  const arrived = server.waitForNext('request');
  const closed = server.waitForNext('close');
  const listed = environment.run<[], unknown, () => Promise<unknown>>(() =>
    createDuvoActivities({ client: duvo.v1 }).listRuns({}),
  );
  const failed = listed.catch((error: unknown) => error as Failure);
  await arrived;
  environment.cancel();
  await closed;
  expect(await failed).toMatchObject({ name: 'CancelledFailure' });
});
