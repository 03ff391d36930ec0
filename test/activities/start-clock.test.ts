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
});
