import { cutText } from '../../contract/text/cut-text';
import { ChannelError, type GateMessage, type NotificationChannel } from './channel';
import { descriptionOf, factsOf, headline } from './message-texts';
import { JsonPoster } from './post-json';

const MAX_TEXT_CHARS = 2_000;

/**
 * Sends Adaptive Cards to a Teams incoming webhook: a workflow "When a Teams webhook request is received", or an older
 * connector. Such a webhook cannot change a card, so the outcome is a card of its own.
 *
 * @param options.url the URL of the webhook, which is a secret
 * @throws TypeError when the URL cannot be used
 */
export function teamsChannel({ url }: { url: string }): NotificationChannel {
  const poster = new JsonPoster(url);
  const post = async (body: object[], link: string | undefined, signal: AbortSignal) => {
    const content = {
      $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
      type: 'AdaptiveCard',
      version: '1.4',
      body,
      ...(link && { actions: [{ type: 'Action.OpenUrl', title: 'Open in the inbox', url: link }] }),
    };
    const attachment = { contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content };
    const answer = await poster.post(JSON.stringify({ type: 'message', attachments: [attachment] }), signal);
    // A connector answers 200, and has the status of Teams in its text.
    const status = Number(/returned HTTP error (\d{3})/.exec(answer)?.[1] ?? 200);
    if (status >= 400)
      throw new ChannelError(`Teams answered ${status}`, { isFinal: status < 500 && status !== 429 && status !== 408 });
  };
  const postOpen = ({ id, gate, command, link }: GateMessage, signal: AbortSignal, note?: string) => {
    const description = descriptionOf(gate);
    const body = [
      paragraph(headline(gate), { size: 'large', weight: 'bolder' }),
      ...(note === undefined ? [] : [paragraph(note)]),
      ...(description === undefined ? [] : [paragraph(description)]),
      ...factsOf(gate).map(([label, text]) => paragraph(`${label}: ${text}`)),
      paragraph(`Answer: ${command}`, { fontType: 'monospace' }),
      footer(id),
    ];
    return post(body, link, signal);
  };
  return {
    send: (message, { signal }) => postOpen(message, signal),
    followUp: (_sent, message, { signal }) => postOpen(message, signal, `The gate ${message.text}.`),
    update: (sent, { gate, text, link }, { signal }) =>
      post([paragraph(`${headline(gate)} ${text}`), footer(sent.id)], link, signal),
  };
}

/** A `TextRun` shows a text as it is, while a `TextBlock` reads Markdown (Adaptive Cards, schema explorer). */
function paragraph(text: string, style: object = {}) {
  const shown = cutText(text, MAX_TEXT_CHARS - 1, '…').replaceAll('{{', '{ {');
  return { type: 'RichTextBlock', inlines: [{ type: 'TextRun', text: shown, ...style }] };
}

/** The id shows whether two cards are one message that was sent twice. */
function footer(id: string) {
  return paragraph(`Message ${id}`, { size: 'small', isSubtle: true });
}
