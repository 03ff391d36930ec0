import { Context } from '@temporalio/activity';
import { IDEMPOTENCY_CODE } from '../../contract/failures';
import type { DuvoAnswer } from '../../contract/gates';
import { type DuvoClient, DuvoError, type ListRunsQuery, type RunPage } from '../../duvo';
import { createAwaitRunChange } from './await-run-change';
import { cancellationSignal, runHttpAttempt } from '../http-attempt';
import { idempotencyKey } from '../idempotency-key';
import { callResource } from '../resource-call';
import { readRunSnapshot, type RunSnapshot } from './run-snapshot';
import { createStartRun } from './start-run';

export interface RespondInput {
  runId: string;
  requestId: string;
  answer: DuvoAnswer;
  key: string;
}

/** `answered-elsewhere`: somebody else's answer was there before ours. `withdrawn`: the run had ended without one. */
export type RespondVerdict = 'delivered' | 'answered-elsewhere' | 'withdrawn';

export interface LastReplyInput {
  runId: string;
  /** Where to read from; without it, the first page is read to learn how many there are. */
  offset?: number;
  limit?: number;
}

export interface LastReply {
  /** What the agent said last on this page. */
  text?: string;
  cut?: boolean;
  /** Where the page to read next begins, when this one does not settle it. */
  next?: { offset: number; limit: number };
}

/** The longest reply that is put into a workflow's result, in characters. */
const MAX_REPLY_CHARS = 200_000;
const MESSAGES_PER_PAGE = 50;

/** The Duvo calls on runs as activities: one HTTP try for each attempt; Temporal retries. */
export function createRunActivities(client: DuvoClient) {
  return {
    awaitRunChange: createAwaitRunChange(client),

    startRun: createStartRun(client),

    async getRun({ runId }: { runId: string }): Promise<RunSnapshot> {
      return runHttpAttempt(() => readRunSnapshot(client, runId, cancellationSignal()));
    },

    /** The newest first. */
    listRuns: (query: ListRunsQuery): Promise<RunPage> =>
      callResource('runs.list', () => client.runs.listPage(query, { signal: cancellationSignal() })),

    /**
     * Delivers an answer. On a 409 the run is read again, since that may have many reasons: a request that is still open
     * was not answered by anybody, and the answer is tried again for a while; one that is gone was answered, by us when
     * an earlier attempt may have arrived without our hearing of it, else by somebody else; or the run had ended. It is
     * read again, too, when Duvo's answer cannot be read.
     */
    async respondToHumanRequest({ runId, requestId, answer, key }: RespondInput): Promise<RespondVerdict> {
      const context = Context.current();
      const lastDetails = context.info.heartbeatDetails as { mayHaveArrived: boolean } | undefined;
      const mayHaveArrivedBefore = context.info.attempt > 1 && (lastDetails?.mayHaveArrived ?? true);
      // Without word from an earlier attempt it is taken for possibly delivered; one that was refused has left word,
      // which this attempt takes back until it is known to have been refused as well.
      if (lastDetails?.mayHaveArrived === false) context.heartbeat({ mayHaveArrived: true });
      return runHttpAttempt(
        async () => {
          try {
            await client.runs.respond(runId, requestId, answer, {
              idempotencyKey: idempotencyKey(key, [runId, requestId, answer]),
            });
            return 'delivered';
          } catch (error) {
            if (!(error instanceof DuvoError)) throw error;
            // Duvo took it, though what it says cannot be read.
            const isAccepted = error.kind === 'contract-violation';
            if (isAccepted || (error.kind === 'conflict' && !IDEMPOTENCY_CODE.test(error.code ?? ''))) {
              const { request, status } = await readRunSnapshot(client, runId, cancellationSignal());
              if (request?.id !== requestId) return toRespondVerdict(status, isAccepted || mayHaveArrivedBefore);
            }
            if (error.reached !== 'maybe') context.heartbeat({ mayHaveArrived: mayHaveArrivedBefore });
            throw error;
          }
        },
        { conflictMayBeInFlight: true },
        () => ({ mayHaveArrived: true }),
      );
    },

    /** Asks Duvo to stop the run. Says nothing of whether it stopped: a run that waits on a person does not. */
    async stopRun({ runId, key }: { runId: string; key: string }): Promise<void> {
      await runHttpAttempt(async () => {
        try {
          await client.runs.stop(runId, { idempotencyKey: idempotencyKey(key, runId) });
        } catch (error) {
          // Ended, gone, or taken with an answer that cannot be read: the look that follows tells.
          if (!(error instanceof DuvoError && ['conflict', 'not-found', 'contract-violation'].includes(error.kind)))
            throw error;
        }
      });
    },

    /**
     * What the agent said last, one page an attempt. Pages come oldest first, so the first call (without an offset)
     * learns how many messages there are; then it goes from the end backwards.
     */
    async lastReply({ runId, offset, limit = MESSAGES_PER_PAGE }: LastReplyInput): Promise<LastReply> {
      const page = await runHttpAttempt(() =>
        client.runs.listMessagesPage(runId, { limit, offset: offset ?? 0 }, { signal: cancellationSignal() }),
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

/** What became of a request that is open no more. A run that was stopped was so before an answer of ours could arrive. */
function toRespondVerdict(status: string, mayBeOurs: boolean): RespondVerdict {
  const endedWithout = ['failed', 'interrupted', 'gone'].includes(status);
  if (status === 'canceled' || (endedWithout && !mayBeOurs)) return 'withdrawn';
  return mayBeOurs ? 'delivered' : 'answered-elsewhere';
}

function truncateReply(text: string): LastReply {
  return text.length <= MAX_REPLY_CHARS ? { text } : { text: text.slice(0, MAX_REPLY_CHARS), cut: true };
}
