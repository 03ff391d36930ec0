import { cutText } from '../../contract';
import { withTimeout } from '../../client';
import { withDuvo } from '../duvo/with-duvo';

/** Limit of a page of messages. */
const MAX_PAGE_MESSAGES = 50;
/** The command shows a run also while Duvo does not answer. */
const READ_TIMEOUT_MS = 5_000;
const MAX_LAST_MESSAGE_CHARS = 2_000;

/**
 * Reads from Duvo what the agent of a running run said last, among its latest 50 messages. The command may run where no
 * API key is, so the result is `undefined` whenever Duvo cannot be read.
 */
export async function readLastMessage(runId: string): Promise<string | undefined> {
  const read = withDuvo(async (duvo) => {
    const first = await duvo.runs.listMessagesPage(runId, { limit: MAX_PAGE_MESSAGES });
    const { total = 0 } = first;
    const hasMore = total > first.messages.length;
    const latest = hasMore
      ? await duvo.runs.listMessagesPage(runId, { limit: MAX_PAGE_MESSAGES, offset: total - MAX_PAGE_MESSAGES })
      : first;
    return latest.messages.filter(({ role, text }) => role === 'assistant' && text).pop()?.text;
  });
  const text = await withTimeout(read, READ_TIMEOUT_MS, 'Duvo has not answered').catch(() => undefined);
  return text === undefined ? undefined : cutText(text, MAX_LAST_MESSAGE_CHARS, '…');
}
