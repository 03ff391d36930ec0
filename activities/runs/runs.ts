import { cutTextToBytes } from '../../contract/text/cut-text';
import { type DuvoClient, DuvoError } from '../../duvo';
import { cancellationSignal, idempotencyKey, runHttpAttempt } from '../http-attempt';
import { createAwaitRunChange } from './await-run-change';
import { createDeliverAnswer } from './deliver-answer';
import { resumeRun, type ResumeRunInput } from './resume-run';
import { readRun, type RunSnapshot } from './run-snapshot';

export interface GetRunInput {
  runId: string;
  /** How long the read is retried while Duvo's answers say nothing about the run, in milliseconds. */
  faultTimeoutMs: number;
}

export interface LastReplyInput extends GetRunInput {
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

/** The activities of the workflow `agentRun`. Each attempt makes one HTTP request; Temporal retries. */
export function createRunActivities(client: DuvoClient) {
  return {
    awaitRunChange: createAwaitRunChange(client),

    getRun: ({ runId, faultTimeoutMs }: GetRunInput): Promise<RunSnapshot> => readRun(client, runId, faultTimeoutMs),

    respondToHumanRequest: createDeliverAnswer(client),

    resumeRun: (input: ResumeRunInput) => resumeRun(client, input),

    /**
     * Requests that Duvo stops the run. The result does not say whether the run stopped: a run that waits for a person
     * ignores the request.
     */
    async stopRun({ runId, key }: { runId: string; key: string }): Promise<void> {
      await runHttpAttempt(async () => {
        try {
          await client.runs.stop(runId, { idempotencyKey: idempotencyKey(key, runId) });
        } catch (error) {
          // The run has ended or is gone, or the response cannot be read: the poll that follows shows the run's state.
          if (!(error instanceof DuvoError && ['conflict', 'not-found', 'contract-violation'].includes(error.kind)))
            throw error;
        }
      });
    },

    /**
     * Reads the agent's last message, one page per call. Duvo returns the oldest messages first, so the first call
     * (without an offset) finds the number of messages, and further calls read the pages from the end backwards.
     */
    async readLastReply(input: LastReplyInput): Promise<LastReply> {
      const { runId, offset, limit = MESSAGES_PER_PAGE, faultTimeoutMs } = input;
      const page = await runHttpAttempt(
        () => client.runs.listMessagesPage(runId, { limit, offset: offset ?? 0 }, { signal: cancellationSignal() }),
        { read: { timeoutMs: faultTimeoutMs, refusalCheckMs: faultTimeoutMs } },
      );
      const { total = 0, messages } = page;
      if (offset === undefined && total > messages.length)
        return { next: { offset: Math.max(0, total - MESSAGES_PER_PAGE), limit: MESSAGES_PER_PAGE } };
      const reply = messages.filter(({ role, text }) => role === 'assistant' && text).pop()?.text;
      if (reply !== undefined) return truncateReply(reply);
      return offset
        ? { next: { offset: Math.max(0, offset - MESSAGES_PER_PAGE), limit: Math.min(MESSAGES_PER_PAGE, offset) } }
        : {};
    },
  };
}

function truncateReply(text: string): LastReply {
  const cut = cutTextToBytes(text, MAX_REPLY_BYTES);
  return cut === text ? { text } : { text: cut, truncated: true };
}
