/** The notifications of a gate: the names of the channels that its policy gives, and what became of each message. */
import { type Check, failInvalidInput, listOf } from '../input-checks';

/** What became of the message to one channel. There is no entry while the message is being sent. */
export interface GateNotification {
  channel: string;
  status: 'sent' | 'failed';
  /** When the channel accepted the message, or when it was given up. ISO 8601. */
  at: string;
  /** Why the message was not sent: at most 200 characters, without secrets. */
  reason?: string;
}

const MAX_CHANNELS = 10;
const CHANNEL_NAME = /^[\w.-]{1,50}$/;

export const CHANNEL_NAME_RULE = 'must have 1 to 50 letters, digits, or the characters - _ .';

export function isChannelName(name: unknown): boolean {
  return typeof name === 'string' && CHANNEL_NAME.test(name);
}

const channelName: Check = (value, field) => {
  if (!isChannelName(value)) failInvalidInput(field, `${CHANNEL_NAME_RULE}: give the name of a channel of the workers`);
};

/** Checks the names of the channels in a policy. Only the workers know which channels exist. */
export const channelNames: Check = (value, field) => {
  listOf(channelName, 'names of channels')(value, field);
  const names = value as string[];
  if (names.length > MAX_CHANNELS)
    failInvalidInput(field, `has ${names.length} channels; the limit is ${MAX_CHANNELS}: give less`);
  names.forEach((name, index) => {
    if (names.indexOf(name) < index) failInvalidInput(`${field}[${index}]`, 'is there twice: give each channel once');
  });
};
