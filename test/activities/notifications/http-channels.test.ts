import { Webhook } from 'standardwebhooks';
import {
  createNotificationActivities,
  type NotificationActivities,
  type NotificationChannel,
  slackChannel,
  teamsChannel,
  webhookChannel,
} from '../../../activities';
import { installQuietRuntime } from '../../../testing/environment/quiet-runtime';
import { failureOfAttempt, recordAttempt } from '../../support/activities/activity-attempt';
import { type ReceivedRequest, replyJson, replyText, TestServer } from '../../support/duvo/http-test-server';
import { ProxyServer } from '../../support/duvo/proxy-server';
import { APPROVED, GATE, HOSTILE } from '../../support/notifications/sample-gate';

const SECRET = `whsec_${Buffer.from('a secret of twenty-four bytes').toString('base64')}`;
const INBOX = 'https://inbox.example.com/';
let server: TestServer;
beforeAll(installQuietRuntime);
beforeEach(async () => {
  server = await TestServer.start();
  server.handler = replyText(200, 'ok');
});
afterEach(() => server.stop());

const KINDS = {
  webhook: () => webhookChannel({ url: `${server.url}/hook`, secret: SECRET }),
  slack: () => slackChannel({ url: `${server.url}/services/T0/B0/secret` }),
  teams: () => teamsChannel({ url: `${server.url}/webhookb2/secret` }),
};
const kinds = Object.keys(KINDS) as (keyof typeof KINDS)[];

const activitiesOf = (channel: NotificationChannel): NotificationActivities =>
  createNotificationActivities({ channels: { ops: channel }, inboxUrl: INBOX });
const send = (channel: NotificationChannel, gate = GATE) =>
  recordAttempt(() => activitiesOf(channel).notifyGate({ channel: 'ops', id: 'msg_1', gate }));
const settle = (channel: NotificationChannel, gate = GATE) =>
  recordAttempt(() => activitiesOf(channel).settleMessage({ channel: 'ops', id: 'msg_1', gate, closing: APPROVED }));
const failure = (channel: NotificationChannel) =>
  failureOfAttempt(() => activitiesOf(channel).notifyGate({ channel: 'ops', id: 'msg_1', gate: GATE }));
const bodyOf = ({ body }: ReceivedRequest) => JSON.parse(body) as Record<string, unknown>;

/** Returns all texts in a JSON value. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : [];
}

test('a webhook receives both events, with signatures that Standard Webhooks verifies, and one id for each repetition', async () => {
  const channel = KINDS.webhook();
  await send(channel);
  await send(channel);
  await settle(channel);
  const [first, repetition, closed] = server.requests;
  const verifier = new Webhook(SECRET);
  for (const { body, headers } of server.requests)
    expect(verifier.verify(body, headers as Record<string, string>)).toEqual(JSON.parse(body));
  expect(first?.headers['webhook-id']).toBe('msg_1');
  expect(repetition?.headers['webhook-id']).toBe('msg_1');
  expect(repetition?.body).toBe(first?.body);
  expect(first && bodyOf(first)).toEqual({
    type: 'gate.opened',
    timestamp: GATE.openedAt,
    data: {
      ...GATE,
      command: 'npx duvo-temporal gate answer invoice-4711#p-1',
      link: 'https://inbox.example.com/gates/invoice-4711%23p-1',
    },
  });
  expect(closed?.headers['webhook-id']).toBe('msg_1_closed');
  expect(closed && bodyOf(closed)).toMatchObject({
    type: 'gate.closed',
    timestamp: APPROVED.at,
    data: { ...APPROVED, opened: 'msg_1', text: 'was approved by alice@example.com at 14:02 UTC' },
  });
});

test.each(kinds)('a %s message has the title, the due time, the workflow, the command and the link', async (kind) => {
  expect((await send(KINDS[kind]())).failure).toBeUndefined();
  const texts = textsOf(bodyOf(server.requests[0] as ReceivedRequest)).join('\n');
  expect(texts).toContain('Pay invoice 4711?');
  expect(texts).toContain('The amount is odd.');
  expect(texts).toMatch(/2026-01-04[T ]09:30/);
  expect(texts).toContain('invoice-4711');
  expect(texts).toContain('npx duvo-temporal gate answer invoice-4711#p-1');
  expect(texts).toContain('https://inbox.example.com/gates/invoice-4711%23p-1');
});

test.each(kinds)('the follow-up in %s says who decided and when', async (kind) => {
  expect((await settle(KINDS[kind]())).failure).toBeUndefined();
  const texts = textsOf(bodyOf(server.requests[0] as ReceivedRequest)).join('\n');
  expect(texts).toContain('was approved by alice@example.com at 14:02 UTC');
  expect(texts).toContain('msg_1');
});

test.each(kinds)('a follow-up in %s says what happened, with what is needed to answer', async (kind) => {
  const event = { type: 'escalated' as const, at: '2026-01-02T09:00:00.000Z', to: ['<!channel> bob'] };
  const { followUpGate } = activitiesOf(KINDS[kind]());
  const input = { channel: 'ops', id: 'msg_1_e', opened: { id: 'msg_1' }, gate: GATE, event };
  expect((await recordAttempt(() => followUpGate(input))).failure).toBeUndefined();
  const body = bodyOf(server.requests[0] as ReceivedRequest);
  const texts = textsOf(body).join('\n');
  expect(texts).toContain('was escalated to <!channel> bob');
  expect(texts).toContain('npx duvo-temporal gate answer invoice-4711#p-1');
  if (kind === 'slack') expect(body['text']).toContain('was escalated to &lt;!channel&gt; bob');
  if (kind === 'webhook') expect(body).toMatchObject({ type: 'gate.escalated', data: { event, opened: 'msg_1' } });
});

test('Slack shows the texts of agents as plain text, and its notification has no mention or link', async () => {
  await send(KINDS.slack(), HOSTILE);
  const { text, blocks } = bodyOf(server.requests[0] as ReceivedRequest) as {
    text: string;
    blocks: { type: string; text?: { type: string; text: string } }[];
  };
  expect(text).toContain('&lt;!channel&gt;');
  expect(text).not.toMatch(/<|>|\n/);
  for (const block of blocks)
    if (block.text?.type === 'mrkdwn')
      expect(block.text.text).toBe(`<${INBOX}gates/invoice-4711%23p-1|Open in the inbox>`);
  expect(blocks[0]?.text?.text.length).toBeLessThanOrEqual(150);
  expect(JSON.stringify(blocks)).not.toContain('\u202e');
});

test('Teams shows the texts of agents in text runs, which read no Markdown and no functions', async () => {
  await send(KINDS.teams(), HOSTILE);
  const { attachments } = bodyOf(server.requests[0] as ReceivedRequest) as {
    attachments: { content: { body: { type: string; inlines: { type: string; text: string }[] }[] } }[];
  };
  const body = attachments[0]?.content.body ?? [];
  expect(body.map(({ type }) => type)).toEqual(body.map(() => 'RichTextBlock'));
  const runs = body.flatMap(({ inlines }) => inlines);
  expect(runs.map(({ type }) => type)).toEqual(runs.map(() => 'TextRun'));
  expect(runs.map(({ text }) => text).join('\n')).toContain('[link](https://evil.example)');
  expect(JSON.stringify(body)).not.toMatch(/\{\{|\u202e/);
});

test.each(kinds)('a title in %s is cut between two characters', async (kind) => {
  await send(KINDS[kind](), { ...GATE, title: `${'a'.repeat(138)}${'😀'.repeat(2_000)}` });
  for (const text of textsOf(bodyOf(server.requests[0] as ReceivedRequest))) expect(text).not.toMatch(/\p{Cs}/u);
});

test.each([
  [429, { 'retry-after': '120' }, { nonRetryable: false, nextRetryDelay: 120_000 }],
  [429, { 'retry-after': '86400' }, { nonRetryable: false, nextRetryDelay: 900_000 }],
  [503, {}, { nonRetryable: false }],
  [500, {}, { nonRetryable: false }],
  [408, {}, { nonRetryable: false }],
  [400, {}, { nonRetryable: true }],
  [404, {}, { nonRetryable: true }],
  [410, {}, { nonRetryable: true }],
  [302, { location: 'https://evil.example' }, { nonRetryable: true }],
])('a server that answers %i is retried as the table of failures says', async (status, headers, expected) => {
  server.handler = replyJson(status, { error: 'secret text' }, headers);
  for (const kind of kinds) {
    const found = await failure(KINDS[kind]());
    expect(found).toMatchObject({ type: 'Duvo.NotificationFailed', ...expected });
    expect(found.message).toContain(`the server answered ${status}`);
    expect(found.message).not.toMatch(/secret|127\.0\.0\.1/);
    if (!('nextRetryDelay' in expected)) expect(found.nextRetryDelay).toBeUndefined();
  }
});

test('a Teams connector that answers 200 with the status of Teams in its text is retried', async () => {
  server.handler = replyText(
    200,
    'Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429',
  );
  expect(await failure(KINDS.teams())).toMatchObject({ message: 'Teams answered 429', nonRetryable: false });
  server.handler = replyText(200, '1');
  expect((await send(KINDS.teams())).failure).toBeUndefined();
});

test('a server that cannot be reached is retried, and the failure has no address', async () => {
  const channel = KINDS.slack();
  await server.stop();
  server = await TestServer.start();
  expect(await failure(channel)).toMatchObject({
    nonRetryable: false,
    message: 'no connection to the server (ECONNREFUSED)',
  });
});

test('a message goes through the proxy of the environment', async () => {
  const proxy = await ProxyServer.start();
  const { http_proxy, HTTP_PROXY, NO_PROXY } = process.env;
  try {
    Object.assign(process.env, { http_proxy: proxy.url, HTTP_PROXY: proxy.url, NO_PROXY: '' });
    expect((await send(KINDS.webhook())).failure).toBeUndefined();
    expect(proxy.targets).toEqual([server.url.replace('http://', '')]);
  } finally {
    for (const [name, value] of Object.entries({ http_proxy, HTTP_PROXY, NO_PROXY }))
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    await proxy.stop();
  }
});

test('a channel that the worker does not have is a final failure that says what to do', async () => {
  const { notifyGate } = createNotificationActivities();
  const found = await failureOfAttempt(() => notifyGate({ channel: 'ops', id: 'msg_1', gate: GATE }));
  expect(found).toMatchObject({ nonRetryable: true });
  expect(found.message).toContain('the worker has no channel of this name');
});

test('a URL or a secret that cannot be used is refused without its value', () => {
  expect(() => slackChannel({ url: 'ftp://secret' })).toThrow('url: must be an http or https URL');
  expect(() => webhookChannel({ url: server.url, secret: 'not base64!' })).toThrow('secret: must be whsec_ and base64');
});
