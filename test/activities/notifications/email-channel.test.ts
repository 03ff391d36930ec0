import { createNotificationActivities, emailChannel } from '../../../activities';
import type { NotifiedGate } from '../../../contract/gates/notified-gate';
import { installQuietRuntime } from '../../../testing/environment/quiet-runtime';
import { failureOfAttempt, recordAttempt } from '../../support/activities/activity-attempt';
import { MailServer } from '../../support/notifications/mail-server';
import { APPROVED, GATE, HOSTILE } from '../../support/notifications/sample-gate';

let mailServer: MailServer;
beforeAll(installQuietRuntime);
beforeEach(async () => {
  mailServer = await MailServer.start();
});
afterEach(() => mailServer.stop());

const activities = (user?: string) =>
  createNotificationActivities({
    channels: {
      mail: emailChannel({
        smtp: mailServer.url(user),
        from: 'Duvo <duvo@example.com>',
        to: ['alice@example.com', 'bob@example.com'],
      }),
    },
    inboxUrl: 'https://inbox.example.com',
  });
const notify = (gate: NotifiedGate, user?: string) => () =>
  activities(user).notifyGate({ channel: 'mail', id: 'msg_1', gate });
const settle = () => activities().settleMessage({ channel: 'mail', id: 'msg_1', gate: GATE, closing: APPROVED });

test('a mail has text and HTML with the facts, the link and the command, and the outcome is a reply to it', async () => {
  expect((await recordAttempt(notify(GATE))).failure).toBeUndefined();
  expect((await recordAttempt(settle)).failure).toBeUndefined();
  const [opened, closed] = mailServer.mails;
  expect(opened).toMatchObject({
    messageId: '<msg_1@example.com>',
    subject: 'Approval: Pay invoice 4711?',
    from: { text: '"Duvo" <duvo@example.com>' },
    to: { text: 'alice@example.com, bob@example.com' },
  });
  for (const body of [opened?.text, opened?.html || '']) {
    expect(body).toContain('The amount is odd.');
    expect(body).toContain('Due: 2026-01-04 09:30 UTC');
    expect(body).toContain('Workflow: invoice-4711');
    expect(body).toContain('https://inbox.example.com/gates/invoice-4711%23p-1');
    expect(body).toContain('npx duvo-temporal gate answer invoice-4711#p-1');
  }
  expect(closed).toMatchObject({
    messageId: '<msg_1_closed@example.com>',
    inReplyTo: '<msg_1@example.com>',
    references: '<msg_1@example.com>',
    subject: 'Re: Approval: Pay invoice 4711?',
  });
  expect(closed?.text).toContain('Pay invoice 4711? was approved by alice@example.com at 14:02 UTC.');
});

test('a reminder is a reply in the thread, with what is needed to answer', async () => {
  const event = { type: 'reminded' as const, at: '2026-01-02T09:00:00.000Z' };
  const { followUpGate } = activities();
  const input = { channel: 'mail', id: 'msg_1_e', opened: { id: 'msg_1' }, gate: GATE, event };
  expect((await recordAttempt(() => followUpGate(input))).failure).toBeUndefined();
  const [mail] = mailServer.mails;
  expect(mail).toMatchObject({ messageId: '<msg_1_e@example.com>', inReplyTo: '<msg_1@example.com>' });
  expect(mail?.text).toContain('The gate is not answered yet.');
  expect(mail?.text).toContain('npx duvo-temporal gate answer invoice-4711#p-1');
});

test('the texts of agents add no header and no markup to a mail', async () => {
  await recordAttempt(notify(HOSTILE));
  const [mail] = mailServer.mails;
  expect(mail?.bcc).toBeUndefined();
  expect(mail?.headers.has('bcc')).toBe(false);
  expect(mail?.html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  expect(mail?.html).not.toMatch(/<script|<b>|\u202e/);
});

test.each([
  [450, false],
  [451, false],
  [550, true],
])('a mail server that answers %i makes a failure whose finality is %s, without an address', async (code, isFinal) => {
  mailServer.refuseWith = code;
  expect(await failureOfAttempt(notify(GATE))).toMatchObject({
    message: `the mail server answered ${code}`,
    nonRetryable: isFinal,
  });
});

test('a refused login is a final failure without the password', async () => {
  const found = await failureOfAttempt(notify(GATE, 'duvo:wrong-secret@'));
  expect(found).toMatchObject({ nonRetryable: true });
  expect(found.message).toContain('the mail server refuses the login');
  expect(JSON.stringify(found)).not.toContain('wrong-secret');
});

test('a mail server that cannot be reached is retried', async () => {
  const { notifyGate } = activities();
  await mailServer.stop();
  expect(await failureOfAttempt(() => notifyGate({ channel: 'mail', id: 'msg_1', gate: GATE }))).toMatchObject({
    nonRetryable: false,
    message: expect.stringContaining('no connection to the mail server') as string,
  });
  mailServer = await MailServer.start();
});
