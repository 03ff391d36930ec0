import { createTransport } from 'nodemailer';
import { ChannelError, type GateMessage, type NotificationChannel } from './channel';
import { descriptionOf, factsOf, headline } from './message-texts';

export interface EmailChannelOptions {
  /** The URL of the mail server: `smtp://` (with STARTTLS when the server has it) or `smtps://`, with user and password. */
  smtp: string;
  /** The sender: `duvo@example.com`, or `Duvo <duvo@example.com>`. */
  from: string;
  /** The recipients. */
  to: string[];
}

/** Milliseconds. The limits of nodemailer are minutes, and an attempt has 50 s. */
const TIMEOUTS = { connectionTimeout: '10000', greetingTimeout: '10000', socketTimeout: '20000' };

/**
 * Sends mails with a text and an HTML part. The outcome is a reply in the thread of the first mail. A repetition has the
 * `Message-ID` of the first attempt.
 *
 * @throws TypeError when an option cannot be used
 */
export function emailChannel({ smtp, from, to }: EmailChannelOptions): NotificationChannel {
  if (!URL.canParse(smtp) || !/^smtps?:$/.test(new URL(smtp).protocol))
    throw new TypeError('smtp: must be an smtp or smtps URL');
  const domain = /@([\w.-]+)>?\s*$/.exec(from)?.[1];
  if (domain === undefined) throw new TypeError('from: must be a mail address');
  if (to.length === 0) throw new TypeError('to: must have at least one mail address');
  const transport = createTransport(withTimeouts(smtp), {
    from,
    to,
    // Mail clients send no automatic reply to such a mail (RFC 3834).
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const messageId = (id: string) => `<${id}@${domain}>`;
  const send = async (mail: Parameters<typeof transport.sendMail>[0]) => {
    try {
      await transport.sendMail(mail);
    } catch (error) {
      throw toChannelError(error);
    }
  };
  return {
    send: (message) =>
      send({ messageId: messageId(message.id), subject: headline(message.gate), ...openedBodies(message) }),
    followUp: (sent, message) =>
      send({
        messageId: messageId(message.id),
        inReplyTo: messageId(sent.id),
        references: messageId(sent.id),
        subject: `Re: ${headline(message.gate)}`,
        ...openedBodies(message, `The gate ${message.text}.`),
      }),
    update: (sent, { id, gate, text, link }) => {
      const line = `${headline(gate)} ${text}.`;
      return send({
        messageId: messageId(id),
        inReplyTo: messageId(sent.id),
        references: messageId(sent.id),
        subject: `Re: ${headline(gate)}`,
        text: [line, ...(link ? [link] : [])].join('\n\n'),
        html: `<p>${escapeHtml(line)}</p>${linkHtml(link)}`,
      });
    },
  };
}

function withTimeouts(smtp: string): string {
  const url = new URL(smtp);
  for (const [name, ms] of Object.entries(TIMEOUTS)) if (!url.searchParams.has(name)) url.searchParams.set(name, ms);
  return url.href;
}

function openedBodies({ gate, command, link }: GateMessage, note?: string): { text: string; html: string } {
  const description = descriptionOf(gate);
  const facts = factsOf(gate);
  const text = [
    headline(gate),
    ...(note === undefined ? [] : [note]),
    ...(description === undefined ? [] : [description]),
    facts.map(([label, fact]) => `${label}: ${fact}`).join('\n'),
    ...(link ? [`Open in the inbox: ${link}`] : []),
    `Answer in a terminal:\n${command}`,
  ];
  const html = [
    `<h2>${escapeHtml(headline(gate))}</h2>`,
    ...(note === undefined ? [] : [`<p>${escapeHtml(note)}</p>`]),
    ...(description === undefined ? [] : [`<p style="white-space:pre-wrap">${escapeHtml(description)}</p>`]),
    `<p>${facts.map(([label, fact]) => `${label}: ${escapeHtml(fact)}`).join('<br>')}</p>`,
    linkHtml(link),
    `<p>Answer in a terminal:</p><pre>${escapeHtml(command)}</pre>`,
  ];
  return { text: text.join('\n\n'), html: html.join('\n') };
}

function linkHtml(link: string | undefined): string {
  return link === undefined ? '' : `<p><a href="${escapeHtml(link)}">Open in the inbox</a></p>`;
}

function escapeHtml(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}

/**
 * Reads the verdict of the mail server: a reply from 500 is permanent (RFC 5321, 4.2.1). The text of the reply may have
 * addresses, so only the numbers are shown.
 */
function toChannelError(error: unknown): ChannelError {
  const { code, responseCode } = (error ?? {}) as { code?: string; responseCode?: number };
  if (code === 'EAUTH' && (responseCode ?? 0) >= 500)
    return new ChannelError('the mail server refuses the login: check user and password', { isFinal: true });
  if (responseCode !== undefined)
    return new ChannelError(`the mail server answered ${responseCode}`, { isFinal: responseCode >= 500 });
  return new ChannelError(`no connection to the mail server${code ? ` (${code})` : ''}`);
}
