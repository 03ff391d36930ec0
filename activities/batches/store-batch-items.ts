import { CancelledFailure, Context, getClient } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { BatchSourceError } from '../../items/source-error';
import { SourceItems } from '../../items/source-items';
import {
  type BatchSource,
  NO_PROGRESS,
  PageDiffersError,
  type PagesAdded,
  storePages,
  type StoreProgress,
  signalPagesAdded,
} from '../../items/store-pages';
import { runHttpAttempt } from '../http-attempt';

/** Failure types of the reading of a batch's source. They stand in histories: changed by addition only. */
export const SourceFailureTypes = {
  invalid: 'Duvo.BatchSourceInvalid',
  unreadable: 'Duvo.BatchSourceUnreadable',
  interrupted: 'Duvo.BatchSourceUnreadable',
  changed: 'Duvo.BatchSourceChanged',
} as const;

/** A server that fails is tried again for so long, if no page more comes of it meanwhile. Milliseconds. */
const MAX_FAILING_MS = 60 * 60_000;

export interface StoreBatchItemsInput {
  batchId: string;
  /** The run of the batch: the same after a reset, another one when the batch's id is used again. */
  owner: string;
  /** Of the batch. */
  taskQueue: string;
  source: BatchSource;
}

/** What an attempt leaves in its heartbeat for the next one; it outlives a killed worker. */
interface HeartbeatDetails {
  stored: StoreProgress;
  /** When the first of the attempts was made that failed since the last page; Temporal's clock, milliseconds. */
  failingSince?: number;
}

/**
 * Reads a source and stores its items as the pages of a batch, which is told of them meanwhile. An attempt reads from the
 * beginning, compares what earlier ones have stored, and goes on behind it.
 *
 * @returns what is stored; not `allPagesStored` when it was cancelled before the end
 */
export async function storeBatchItems({ source, ...batch }: StoreBatchItemsInput): Promise<PagesAdded> {
  const context = Context.current();
  const { cancellationSignal: signal, info } = context;
  const details: HeartbeatDetails = { stored: NO_PROGRESS, ...(info.heartbeatDetails as HeartbeatDetails | undefined) };
  const target = { ...batch, client: getClient() };
  const { from, ...options } = source;
  const items = new SourceItems(from, { ...options, signal });

  const onStored = (stored: StoreProgress): void => {
    details.stored = stored;
    delete details.failingSince;
    if (signal.aborted) throw new CancelledFailure('the reading is to end');
  };
  const toSourceFailure = (error: BatchSourceError): ApplicationFailure => {
    const now = info.currentAttemptScheduledTimestampMs;
    details.failingSince ??= now;
    context.heartbeat(details);
    const { message, kind, source, line, problem } = error;
    return ApplicationFailure.create({
      message,
      type: SourceFailureTypes[kind],
      nonRetryable: kind !== 'interrupted' || now - details.failingSince >= MAX_FAILING_MS,
      details: [{ source, problem, ...(line !== undefined && { line }) }],
    });
  };

  return runHttpAttempt(
    async () => {
      try {
        const { pages, items: count } = await storePages(target, items, { resumeFrom: details.stored, onStored });
        return { pages, items: count, allPagesStored: true };
      } catch (thrown) {
        const { pages, items: count } = details.stored;
        if (context.cancellationDetails?.cancelRequested) return { pages, items: count };
        // The worker shuts down, or another attempt has taken over.
        if (signal.aborted) throw ApplicationFailure.retryable('the reading was broken off here', 'Duvo.Aborted');
        const error = items.toSourceError(thrown);
        if (error instanceof BatchSourceError) {
          await signalPagesAdded(target, { pages, items: count });
          throw toSourceFailure(error);
        }
        if (error instanceof PageDiffersError)
          throw ApplicationFailure.nonRetryable(
            `the source has changed since page ${error.page} was stored`,
            SourceFailureTypes.changed,
          );
        throw error;
      }
    },
    undefined,
    () => details,
  );
}
