import { cutText } from '../../contract/text/cut-text';
import type { GateMessage, NotificationChannel } from './channel';
import { descriptionOf, factsOf, headline } from './message-texts';
import { JsonPoster } from './post-json';

/** Slack's limit of a header block, and a limit for texts that are long enough to be read in the inbox. */
const MAX_HEADER_CHARS = 150;
const MAX_TEXT_CHARS = 2_000;

/**
 * Sends messages to a Slack incoming webhook. Such a webhook can neither change a message nor answer in its thread, so the
 * outcome is a message of its own.
 *
 * @param options.url the URL of the webhook, which is a secret
 * @throws TypeError when the URL cannot be used
 */
export function slackChannel({ url }: { url: string }): NotificationChannel {
  const poster = new JsonPoster(url);
  const postOpen = async ({ id, gate, command, link }: GateMessage, signal: AbortSignal, note?: string) => {
    const title = note === undefined ? headline(gate) : `${headline(gate)} ${note}`;
    const description = descriptionOf(gate);
    const blocks = [
      { type: 'header', text: plain(headline(gate), MAX_HEADER_CHARS) },
      ...(note === undefined ? [] : [section(note)]),
      ...(description === undefined ? [] : [section(description)]),
      ...factsOf(gate).map(([label, text]) => section(`${label}: ${text}`)),
      section(`Answer: ${command}`),
      ...linkBlocks(link),
      footer(id),
    ];
    await poster.post(JSON.stringify({ text: escapeMrkdwn(title), blocks }), signal);
  };
  return {
    send: (message, { signal }) => postOpen(message, signal),
    followUp: (_sent, message, { signal }) => postOpen(message, signal, `The gate ${message.text}.`),
    update: async (sent, { gate, text, link }, { signal }) => {
      const line = `${headline(gate)} ${text}`;
      const blocks = [section(line), ...linkBlocks(link), footer(sent.id)];
      await poster.post(JSON.stringify({ text: escapeMrkdwn(line), blocks }), signal);
    },
  };
}

/** A `plain_text` object shows a text as it is: without formatting, mentions and links. */
function plain(text: string, maxChars = MAX_TEXT_CHARS) {
  return { type: 'plain_text', text: cutText(text, maxChars - 1, '…'), emoji: false };
}

function section(text: string) {
  return { type: 'section', text: plain(text) };
}

function linkBlocks(link: string | undefined) {
  if (link === undefined) return [];
  return [{ type: 'section', text: { type: 'mrkdwn', text: `<${escapeMrkdwn(link)}|Open in the inbox>` } }];
}

/** The id shows whether two messages are one message that was sent twice. */
function footer(id: string) {
  return { type: 'context', elements: [plain(`Message ${id}`)] };
}

/** Slack shows the text of a message in its notifications, as mrkdwn (api.slack.com: "Escaping text"). */
function escapeMrkdwn(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
