import { isAlike } from './text-likeness';

/** The place of a start's message in the format of first messages. */
export const MESSAGE_PLACEHOLDER = '{message}';

/**
 * How the first message of a run compares with the message of a start. `similar` is no proof: "Read invoice 12" contains
 * the message "Read invoice 1". It is no proof of the opposite either, so a person must decide.
 */
export type MessageFit = 'equal' | 'similar' | 'different';

/**
 * Compares the first message of a run with the message of a start.
 *
 * @param format how the platform shows the message of a start as the first message of the run; spaces around it and the
 * kind of its line ends do not count
 */
export function compareMessages(found: string, sent: string, format?: string): MessageFit {
  const expected = toFirstMessage(sent, format);
  if (trimText(found) === expected) return 'equal';
  return isAlike(found, sent) || isAlike(found, expected) ? 'similar' : 'different';
}

/** Returns the first message of the run that a start with this message creates, trimmed. */
export function toFirstMessage(sent: string, format = MESSAGE_PLACEHOLDER): string {
  return trimText(format.replace(MESSAGE_PLACEHOLDER, () => sent));
}

export function trimText(text: string): string {
  return text.replace(/\r\n?/g, '\n').trim();
}
