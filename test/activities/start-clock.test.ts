import { createDuvoActivities } from '../../activities';
import type { AttemptInfo } from '../support/activities/activity-attempt';
import { again, AGENT, attempt, setUpStartAttempts } from '../support/activities/start-attempts';
import { createClient, type RequestHandler, replyJson, TestServer } from '../support/duvo/http-test-server';

setUpStartAttempts();

describe('the age of a run, measured by the clock of Duvo', () => {
  const ago = (ms: number) => new Date(Date.now() - ms).toISOString();
  /** Creates a request handler with one run, whose first message is the message of the start. */
  const answering =
    (run: object, started: object = run): RequestHandler =>
    (request, ...rest) => {
      if (request.method === 'POST') return replyJson(202, { run: started })(request, ...rest);
      if (request.url.includes('messages')) {
        return replyJson(200, { messages: [{ id: 'm', role: 'user', text_content: 'read it\r\n' }] })(request, ...rest);
      }
      return replyJson(200, request.url.includes('?') ? { data: [run], total: 1 } : { run })(request, ...rest);
    };
  const attemptAt = async (handler: RequestHandler, info: AttemptInfo) => {
    const server = await TestServer.start();
    const client = createClient(server);
    server.handler = handler;
    const outcome = await attempt(info, 'key', 'read it', createDuvoActivities({ client }));
    await client.close();
    await server.stop();
    return outcome.snapshot;
  };
  /** Returns a run that has the given age at the time of the response. */
  const run = (age: number) => ({
    id: `run-${age}`,
    agent_id: AGENT,
    status: 'running',
    get created_at() {
      return ago(age);
    },
  });
  const since = (ms: number) =>
    again(
      { mayHaveArrived: true },
      { scheduledTimestampMs: Date.now() - ms, currentAttemptScheduledTimestampMs: Date.now() },
    );

  test('a run that was created after the first attempt matches, and an older one does not', async () => {
    expect(await attemptAt(answering(run(30_000)), since(40_000))).toMatchObject({
      runId: 'run-30000',
      origin: 'adopted',
    });
    const snapshot = await attemptAt(answering(run(60_000), run(0)), since(40_000));
    expect(snapshot).toEqual(expect.objectContaining({ runId: 'run-0' }));
    expect(snapshot).not.toHaveProperty('origin');
  });

  test('a run that is older than the request was started earlier with the same key, and is adopted', async () => {
    expect(await attemptAt(answering(run(10_000)), {})).toMatchObject({ origin: 'adopted' });
    expect(await attemptAt(answering(run(0)), {})).not.toHaveProperty('origin');
  });

  test('a search ends when this machine’s clock is two hours ahead of Duvo’s', async () => {
    const server = await TestServer.start();
    const client = createClient(server);
    const behindMs = 2 * 3_600_000;
    const created = { id: 'run-of-duvo', agent_id: AGENT, status: 'running', created_at: ago(behindMs + 5_000) };
    server.handler = (request, ...rest) => {
      const headers = { date: new Date(Date.now() - behindMs).toUTCString() };
      // Without an end of the search, the test would wait for ever.
      if (server.requests.length > 20) return replyJson(403, { code: 'forbidden' }, headers)(request, ...rest);
      if (request.url.includes('messages'))
        return replyJson(
          200,
          { messages: [{ id: 'm', role: 'user', text_content: 'read it' }] },
          headers,
        )(request, ...rest);
      const since = new URL(request.url, server.url).searchParams.get('since');
      if (since === null) return replyJson(200, { run: created }, headers)(request, ...rest);
      const data = created.created_at >= since ? [created] : [];
      return replyJson(200, { data, total: data.length }, headers)(request, ...rest);
    };
    const { snapshot } = await attempt(since(40_000), 'key', 'read it', createDuvoActivities({ client }));
    await client.close();
    await server.stop();
    expect(snapshot).toMatchObject({ runId: 'run-of-duvo', origin: 'adopted' });
    expect(server.requests.length).toBeLessThanOrEqual(5);
  });
});
