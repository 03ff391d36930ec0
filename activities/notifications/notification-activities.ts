import { CancelledFailure, Context } from '@temporalio/activity';
import { ApplicationFailure, TemporalFailure } from '@temporalio/common';
import { FailureTypes } from '../../contract/failures';
import type { FollowUpGateInput, NotifyGateInput, SettleMessageInput } from '../../contract/gates/notified-gate';
import { commandLine } from '../../contract/text/command-line';
import { cutText, jsonBytes } from '../../contract/text/cut-text';
import { withHeartbeats } from '../http-attempt';
import { type ChannelContext, ChannelError, type NotificationChannel } from './channel';
import { describeClosing, describeEvent } from './message-texts';

export interface NotificationOptions {
  /** The channels by the names that gates give in `notify`. @default none */
  channels?: Record<string, NotificationChannel>;
  /** The URL of the inbox, for the links in messages. @default no links */
  inboxUrl?: string;
}

/** Limit of an attempt. It is shorter than the timeout of the activities, so that a worker ends a slow attempt itself. */
const MAX_ATTEMPT_MS = 50_000;

/** The maximum delay that a service can request. A message that comes later than this has lost most of its use. */
const MAX_RETRY_DELAY_MS = 15 * 60_000;

/** The workflow keeps what a channel returns, and carries it through continue-as-new. */
const MAX_DATA_BYTES = 2_000;
const MAX_REASON_CHARS = 200;

/** Creates the activities that send and settle the messages about gates. Each attempt sends one message; Temporal retries. */
export function createNotificationActivities({ channels = {}, inboxUrl }: NotificationOptions = {}) {
  const findChannel = (name: string): NotificationChannel => {
    const channel = Object.hasOwn(channels, name) ? channels[name] : undefined;
    if (channel) return channel;
    throw new ChannelError('the worker has no channel of this name: add it to the notifications of the worker', {
      isFinal: true,
    });
  };
  const linkTo = (ref: string) =>
    inboxUrl ? { link: `${inboxUrl.replace(/\/+$/, '')}/gates/${encodeURIComponent(ref)}` } : {};
  return {
    /** Sends the message about an open gate. @returns what the channel needs to update the message */
    notifyGate: ({ channel, id, gate }: NotifyGateInput): Promise<unknown> =>
      attempt(async (context) => {
        const command = commandLine('gate', 'answer', gate.ref);
        const data = await findChannel(channel).send({ id, gate, command, ...linkTo(gate.ref) }, context);
        if (data === undefined || jsonBytes(data) <= MAX_DATA_BYTES) return data;
        // The message was sent, and a failure would send it again.
        const problem = `send of the channel ${channel} returned more than ${MAX_DATA_BYTES} bytes of JSON: return less`;
        Context.current().log.warn(problem);
        return undefined;
      }),
    /** Reports what happened to an open gate. */
    followUpGate: ({ channel, id, opened, gate, event }: FollowUpGateInput): Promise<void> =>
      attempt(async (context) => {
        const command = commandLine('gate', 'answer', gate.ref);
        const message = { id, gate, event, text: describeEvent(event), command, ...linkTo(gate.ref) };
        await findChannel(channel).followUp?.(opened, message, context);
      }),
    /** Updates the message about a gate that was closed, or follows it up. */
    settleMessage: ({ channel, id, data, gate, closing }: SettleMessageInput): Promise<void> =>
      attempt((context) =>
        findChannel(channel).update(
          { id, ...(data !== undefined && { data }) },
          { id: `${id}_closed`, gate, ...closing, text: describeClosing(closing), ...linkTo(gate.ref) },
          context,
        ),
      ),
  };
}

export type NotificationActivities = ReturnType<typeof createNotificationActivities>;

async function attempt<T>(call: (context: ChannelContext) => Promise<T>): Promise<T> {
  const { cancellationSignal } = Context.current();
  const controller = new AbortController();
  const { signal } = controller;
  // A channel may ignore the signal.
  const aborted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new ChannelError('the channel did not end in time')));
  });
  aborted.catch(() => undefined);
  const abort = () => controller.abort();
  const timer = setTimeout(abort, MAX_ATTEMPT_MS);
  cancellationSignal.addEventListener('abort', abort);
  try {
    return await withHeartbeats(() => Promise.race([call({ signal }), aborted]));
  } catch (error) {
    if (cancellationSignal.aborted) throw new CancelledFailure('the gate was closed while its message was being sent');
    throw toNotificationFailure(error);
  } finally {
    clearTimeout(timer);
    cancellationSignal.removeEventListener('abort', abort);
  }
}

function toNotificationFailure(error: unknown): Error {
  if (error instanceof TemporalFailure) return error;
  const { isFinal = false, retryAfterMs = 0 } = error instanceof ChannelError ? error : {};
  const delayMs = Math.min(retryAfterMs, MAX_RETRY_DELAY_MS);
  const message = error instanceof Error ? error.message : String(error);
  return ApplicationFailure.create({
    message: cutText(message, MAX_REASON_CHARS, '…'),
    type: FailureTypes.NotificationFailed,
    nonRetryable: isFinal,
    ...(delayMs > 0 && !isFinal && { nextRetryDelay: delayMs }),
  });
}
