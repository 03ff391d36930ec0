import { cutTextToBytes } from '../../contract/text/cut-text';
import type { DuvoClient } from '../../duvo';
import { cancellationSignal, runHttpAttempt } from '../http-attempt';

export interface LastReplyInput {
  runId: string;
  /** How long the read is retried while Duvo's answers say nothing about the run, in milliseconds. */
  faultTimeoutMs: number;
  /** Offset of the page to read. Without it, the first page is read, which has the number of messages. */
  offset?: number;
  limit?: number;
}

export interface LastReply {
  /** The agent's last message on this page. */
  text?: string;
  /** Set when `text` was cut. */
  truncated?: boolean;
  /** The page to read next, when this page has no message of the agent or is not the last one. */
  next?: { offset: number; limit: number };
}

/** Limit of a reply as JSON. With an output schema, the workflow's result has both the reply and its parsed value. */
const MAX_REPLY_BYTES = 300_000;
const MESSAGES_PER_PAGE = 50;

/**
 * Reads the agent's last message, one page per call. Duvo returns the oldest messages first, so the first call
 * (without an offset) finds the number of messages, and further calls read the pages from the end backwards.
 */
export async function readLastReply(client: DuvoClient, input: LastReplyInput): Promise<LastReply> {
  const { runId, offset, limit = MESSAGES_PER_PAGE, faultTimeoutMs } = input;
  const page = await runHttpAttempt(
    () => client.runs.listMessagesPage(runId, { limit, offset: offset ?? 0 }, { signal: cancellationSignal() }),
    { read: { timeoutMs: faultTimeoutMs, refusalCheckMs: faultTimeoutMs }, isRead: true },
  );
  const { total = 0, messages } = page;
  if (offset === undefined && total > messages.length)
    return { next: { offset: Math.max(0, total - MESSAGES_PER_PAGE), limit: MESSAGES_PER_PAGE } };
  const reply = messages.filter(({ role, text }) => role === 'assistant' && text).pop()?.text;
  if (reply !== undefined) return truncateReply(reply);
  return offset
    ? { next: { offset: Math.max(0, offset - MESSAGES_PER_PAGE), limit: Math.min(MESSAGES_PER_PAGE, offset) } }
    : {};
}

function truncateReply(text: string): LastReply {
  const cut = cutTextToBytes(text, MAX_REPLY_BYTES);
  return cut === text ? { text } : { text: cut, truncated: true };
}
