import { CancelledFailure, Context, getClient } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { BatchTemplate } from '../../contract/batches/batch-contract';
import { findItemProblem, type ItemRules } from '../../contract/batches/check-item';
import { requiredItemFields } from '../../contract/batches/template';
import { FailureTypes } from '../../contract/failures';
import { BatchSourceError } from '../../items/errors/source-error';
import type { SourceAccess } from '../../items/sources/source-access';
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

/** Failure types for each way in which a batch's source cannot be read. */
export const SourceFailureTypes = {
  invalid: FailureTypes.BatchSourceInvalid,
  unreadable: FailureTypes.BatchSourceUnreadable,
  interrupted: FailureTypes.BatchSourceUnreadable,
  changed: FailureTypes.BatchSourceChanged,
} as const;

/** The activity retries a failing server for this long after the last page that it stored. */
const MAX_FAILING_MS = 60 * 60_000;

export interface StoreBatchItemsInput {
  batchId: string;
  /** `originalExecutionRunId` of the batch: stays the same after a reset, and differs when the batch's id is used again. */
  owner: string;
  /** Task queue of the batch. */
  taskQueue: string;
  source: BatchSource;
  /** What the items must fit. The source is refused at the first item that does not. */
  template: BatchTemplate;
  keyField?: string;
}

/** What an attempt passes to the next one. The server keeps heartbeat details when the worker is killed. */
interface HeartbeatDetails {
  stored: StoreProgress;
  /** Scheduled time of the first attempt that failed since the last page, in milliseconds of Temporal's clock. */
  failingSince?: number;
}

/**
 * Reads a source, stores its items as pages of a batch, and signals the batch which pages are stored. Each attempt reads
 * from the beginning, compares the pages that earlier attempts stored, and continues after them.
 *
 * @param access what this worker may read
 * @returns the stored pages; without `allPagesStored` after a cancellation
 */
export async function storeBatchItems(
  { source, template, keyField, ...batch }: StoreBatchItemsInput,
  access: SourceAccess,
): Promise<PagesAdded> {
  const context = Context.current();
  const { cancellationSignal: signal, info } = context;
  const details: HeartbeatDetails = { stored: NO_PROGRESS, ...(info.heartbeatDetails as HeartbeatDetails | undefined) };
  const target = { ...batch, client: getClient() };
  const { from, allowEmpty, ...options } = source;
  const rules: ItemRules = { batchId: batch.batchId, template, keyField };
  const requiredFields = requiredItemFields(rules);
  const items = new SourceItems(from, { ...options, requiredFields, signal, access }, (item) =>
    findItemProblem(rules, item),
  );

  const onStored = (stored: StoreProgress): void => {
    details.stored = stored;
    delete details.failingSince;
    if (signal.aborted) throw new CancelledFailure('the activity was cancelled');
  };
  const toSourceFailure = (error: BatchSourceError): ApplicationFailure => {
    const now = info.currentAttemptScheduledTimestampMs;
    details.failingSince ??= now;
    context.heartbeat(details);
    // The note has the names of the columns, which may be data when the file has no header.
    const { publicMessage, kind, source, line, problem } = error;
    return ApplicationFailure.create({
      message: publicMessage,
      type: SourceFailureTypes[kind],
      nonRetryable: kind !== 'interrupted' || now - details.failingSince >= MAX_FAILING_MS,
      details: [{ source, problem, ...(line !== undefined && { line }) }],
    });
  };

  return runHttpAttempt(
    async () => {
      try {
        const { pages, items: count } = await storePages(target, items, { resumeFrom: details.stored, onStored });
        if (count === 0 && !allowEmpty) throw items.emptyError();
        return { pages, items: count, allPagesStored: true };
      } catch (thrown) {
        const { pages, items: count } = details.stored;
        if (context.cancellationDetails?.cancelRequested) return { pages, items: count };
        // The worker shuts down, or another attempt has started.
        if (signal.aborted)
          throw ApplicationFailure.retryable('the worker stopped reading; the next attempt continues', 'Duvo.Aborted');
        const error = items.toSourceError(thrown);
        if (error instanceof BatchSourceError) {
          await signalPagesAdded(target, { pages, items: count });
          throw toSourceFailure(error);
        }
        if (error instanceof PageDiffersError)
          throw ApplicationFailure.nonRetryable(
            `the source has changed after page ${error.page} was stored: start a new batch`,
            SourceFailureTypes.changed,
          );
        throw error;
      }
    },
    undefined,
    () => details,
  );
}
