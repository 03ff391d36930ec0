import { Webhook } from 'standardwebhooks';
import type { NotificationChannel } from './channel';
import { JsonPoster } from './post-json';

export interface WebhookChannelOptions {
  /** An http or https URL. */
  url: string;
  /** The secret of the signature: `whsec_` and base64, as Standard Webhooks specifies. */
  secret: string;
}

/**
 * Sends the events `gate.opened`, `gate.reminded`, `gate.escalated`, `gate.reassigned`, `gate.extended` and `gate.closed`, signed as Standard Webhooks specifies (`webhook-id`,
 * `webhook-timestamp`, `webhook-signature`). A repetition has the `webhook-id` of the first attempt.
 *
 * @throws TypeError when the URL or the secret cannot be used
 */
export function webhookChannel({ url, secret }: WebhookChannelOptions): NotificationChannel {
  const poster = new JsonPoster(url);
  const webhook = createSigner(secret);
  const post = async (id: string, event: object, signal: AbortSignal) => {
    const body = JSON.stringify(event);
    const sentAt = new Date();
    await poster.post(body, signal, {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(sentAt.getTime() / 1000)),
      'webhook-signature': webhook.sign(id, sentAt, body),
    });
  };
  return {
    send: ({ id, gate, command, link }, { signal }) =>
      post(id, { type: 'gate.opened', timestamp: gate.openedAt, data: { ...gate, command, link } }, signal),
    followUp: (sent, { id, gate, event, text, command, link }, { signal }) =>
      post(
        id,
        {
          type: `gate.${event.type}`,
          timestamp: event.at,
          data: { ...gate, event, text, command, link, opened: sent.id },
        },
        signal,
      ),
    update: (sent, { id, gate, outcome, by, at, text, link }, { signal }) =>
      post(
        id,
        { type: 'gate.closed', timestamp: at, data: { ...gate, outcome, by, at, text, link, opened: sent.id } },
        signal,
      ),
  };
}

function createSigner(secret: string): Webhook {
  try {
    return new Webhook(secret);
  } catch {
    throw new TypeError('secret: must be whsec_ and base64, as the receiver of the webhook has it');
  }
}
