import { createDuvoActivities, type DuvoActivities } from '../../activities';
import type { FaultHistory } from '../../contract/read-faults';
import { sendJson } from '../support/duvo/authorization-server';
import { createOAuthClient, server, setUpOAuth, startServer } from '../support/duvo/oauth-setup';
import { type AttemptInfo, recordAttempt } from '../support/activities/activity-attempt';

setUpOAuth();
beforeEach(() => startServer());

const runId = 'run-1';
const key = 'a step';
const end = { status: 'completed', endedAt: '' };
const faultTimeoutMs = 3_600_000;
type Call = (activities: DuvoActivities) => Promise<unknown>;
const OPEN_RUN_CALLS: [name: string, call: Call][] = [
  ['a read', (a) => a.getRun({ runId, faultTimeoutMs })],
  [
    'an answer',
    (a) =>
      a.respondToHumanRequest({
        runId,
        requestId: 'r-1',
        answer: { approved: true },
        key,
        faultTimeoutMs,
        confirmReadMs: 4_000,
      }),
  ],
  ['a stop', (a) => a.stopRun({ runId, key })],
  ['the message of a resume', (a) => a.resumeRun({ runId, text: 'go on', key, end, faultTimeoutMs })],
];
const start: Call = (a) => a.startRun({ agentId: 'agent-1', key });

/** The faults of earlier attempts that had no usable credential for two hours. */
function longFaults(): FaultHistory {
  const sinceMs = Date.now() - 2 * 3_600_000;
  const last = { type: 'Duvo.Unauthorized', status: 401, times: 9 };
  return { sinceMs, attempts: 9, last, unreadable: { sinceMs, times: 9 } };
}

async function attempt(call: Call, info: AttemptInfo = {}) {
  const client = createOAuthClient();
  return recordAttempt(() => call(createDuvoActivities({ client })), info);
}

/** Each way in which a call has no usable credential. */
const FAULTS: [what: string, refuse: () => void][] = [
  [
    'the token endpoint refuses the client',
    () => (server.intercept = (response) => (sendJson(response, 401, { error: 'invalid_client' }), true)),
  ],
  [
    'the token endpoint returns no token',
    () => (server.intercept = (response) => (response.writeHead(200).end('<html>'), true)),
  ],
  [
    'Duvo refuses also a fresh token',
    () => {
      const serve = server.server.handler;
      server.server.handler = (request, response, raw) => {
        if (request.url.startsWith('/v1/')) sendJson(response, 401, { code: 'unauthorized' });
        else serve(request, response, raw);
      };
    },
  ],
];

describe.each(FAULTS)('%s', (_what, refuse) => {
  test.each(OPEN_RUN_CALLS)('%s of an open run is retried and names the fault', async (_name, call) => {
    refuse();
    const { failure, lastDetails } = await attempt(call);
    expect(failure).toMatchObject({ type: 'Duvo.Unauthorized', nonRetryable: false });
    expect(failure?.message).toMatch(/DUVO_/);
    expect(lastDetails).toMatchObject({ faults: { last: { type: 'Duvo.Unauthorized' } } });
  });

  test.each(OPEN_RUN_CALLS)('%s of an open run fails when the fault has lasted', async (_name, call) => {
    refuse();
    const { failure } = await attempt(call, { attempt: 10, heartbeatDetails: { faults: longFaults() } });
    expect(failure).toMatchObject({ nonRetryable: true });
  });

  test('a start fails at once, because no run waits for it', async () => {
    refuse();
    const { failure } = await attempt(start);
    expect(failure).toMatchObject({ type: 'Duvo.Unauthorized', nonRetryable: true });
  });

  test('a read of a resource is retried', async () => {
    refuse();
    const { failure } = await attempt((a) => a.listMessages({ runId }));
    expect(failure).toMatchObject({ type: 'Duvo.Unauthorized', nonRetryable: false });
  });
});

test.each([
  ['a page of a proxy', 200, '<html>'],
  ['an empty body', 200, ''],
  ['403', 403, '{}'],
  ['404 of a proxy', 404, '<html>'],
])('the list of tools, which is read by POST, is read again after %s', async (_what, status, body) => {
  const serve = server.server.handler;
  server.server.handler = (request, response, raw) => {
    if (request.url.startsWith('/v1/')) response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    else serve(request, response, raw);
  };
  const { failure } = await attempt((a) => a.listTools({}), { startToCloseTimeoutMs: 60_000 });
  expect(failure).toMatchObject({ nonRetryable: false });
});
