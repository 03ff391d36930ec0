import { Context, getClient } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import {
  BATCH_ID_SEARCH_ATTRIBUTE,
  PageStore,
  pageStoreWorkflowId,
  type BatchTemplate,
} from '../../contract/batches/batch-contract';
import { readSearchAttribute } from '../../contract/names';
import type { DuvoClient, NewCase } from '../../duvo';
import { activityAgeMs } from '../activity-clock';
import { unchangedFailure } from '../to-failure';
import { cancellationSignal, runHttpAttempt } from '../http-attempt';
import { callMutation, type Keyed } from '../resource-calls';
import type { SourceAccess } from '../../items/sources/source-access';
import type { PagesAdded } from '../../items/store-pages';
import { storeBatchItems, type StoreBatchItemsInput } from './store-batch-items';
import { type DigestedItems, digestItemInputs, type StoredPage } from './item-digests';
import { isWorkflowNotFound, describeWorkflow, type WorkflowSnapshot } from './workflow-snapshot';

/** The interval between two polls is a tenth of the age of the activity, within these bounds. */
const MIN_POLL_INTERVAL_MS = 2_000;
const MAX_POLL_INTERVAL_MS = 60_000;

export interface BatchCase {
  queueId: string;
  case: NewCase;
}

/** Workflows that one activity describes at the same time. */
const MAX_CONCURRENT_DESCRIBES = 20;

/** The internal activities of batches: they read and close page stores, and follow workflows that the page did not start. */
export function createBatchActivities(client: DuvoClient, access: SourceAccess) {
  return {
    /** Reads the items of a page from its store, with the digests of what they start. */
    readBatchPage({ workflowId, template }: { workflowId: string; template: BatchTemplate }): Promise<DigestedItems> {
      return runHttpAttempt(async () => {
        try {
          const query = PageStore.items;
          const page = await getClient().workflow.getHandle(workflowId).query<StoredPage>(query);
          return { ...page, digests: digestItemInputs(template, page.items) };
        } catch (error) {
          if (!isWorkflowNotFound(error)) throw error;
          throw ApplicationFailure.nonRetryable(
            `page store ${workflowId}: not found; somebody deleted or terminated it`,
            'Duvo.BatchPageGone',
          );
        }
      });
    },

    /** Returns the digests of what the items start. The items came with the batch's input, so they have no store. */
    digestBatchItems({ items, template }: { items: unknown[]; template: BatchTemplate }): Promise<(string | null)[]> {
      return Promise.resolve(digestItemInputs(template, items));
    },

    storeBatchItems: (input: StoreBatchItemsInput): Promise<PagesAdded> => storeBatchItems(input, access),

    /** Closes the page stores of a batch that has ended. */
    async releaseBatchPages({ batchId, pages }: { batchId: string; pages: number }): Promise<void> {
      const client = getClient();
      const { info } = Context.current();
      let { page } = (info.heartbeatDetails as { page: number } | undefined) ?? { page: 1 };
      await runHttpAttempt(
        async () => {
          // The batch may not have received the signal about the last pages: continues until a page has no store.
          for (let found = true; (page <= pages || found) && !cancellationSignal().aborted; page++) {
            const store = client.workflow.getHandle(pageStoreWorkflowId(batchId, page));
            found = await store.signal(PageStore.close).then(
              () => true,
              (error: unknown) => {
                if (!isWorkflowNotFound(error)) throw error;
                return false;
              },
            );
          }
        },
        undefined,
        () => ({ page }),
      );
    },

    /**
     * Waits until a workflow has ended or was deleted (`GONE`). Each attempt is one poll.
     *
     * @param digest digest of the input that is expected: a workflow with another input is returned at once
     */
    awaitWorkflow({ workflowId, digest }: { workflowId: string; digest?: string }): Promise<WorkflowSnapshot> {
      return runHttpAttempt(async () => {
        const snapshot = await describeWorkflow(getClient(), workflowId);
        const isExpected = digest === undefined || snapshot.inputDigest === digest;
        if (snapshot.status === 'RUNNING' && isExpected)
          throw unchangedFailure(workflowId, 'running', nextPollDelayMs());
        return snapshot;
      });
    },

    /** Describes workflows. The result has the order of the ids. */
    describeWorkflows({ workflowIds }: { workflowIds: string[] }): Promise<WorkflowSnapshot[]> {
      return runHttpAttempt(async () => {
        const snapshots: WorkflowSnapshot[] = [];
        for (let at = 0; at < workflowIds.length && !cancellationSignal().aborted; at += MAX_CONCURRENT_DESCRIBES) {
          const some = workflowIds.slice(at, at + MAX_CONCURRENT_DESCRIBES);
          snapshots.push(...(await Promise.all(some.map((id) => describeWorkflow(getClient(), id)))));
        }
        return snapshots;
      });
    },

    /**
     * Cancels the workflow of an item, if this batch started it.
     *
     * @returns false when the workflow belongs to another batch or caller, and was not cancelled
     */
    cancelBatchItem({ workflowId, batchId }: { workflowId: string; batchId: string }): Promise<boolean> {
      return runHttpAttempt(async () => {
        const handle = getClient().workflow.getHandle(workflowId);
        try {
          const owner = readSearchAttribute(await handle.describe(), BATCH_ID_SEARCH_ATTRIBUTE);
          if (owner === batchId) await handle.cancel();
          return owner === batchId;
        } catch (error) {
          if (!isWorkflowNotFound(error)) throw error;
          return true;
        }
      });
    },

    /**
     * Creates the case of an item. A dialect without `cases.get` is refused before the creation, because nothing could
     * show the end of the case.
     */
    createBatchCase({ queueId, case: content, key }: Keyed<BatchCase>): Promise<{ caseId: string }> {
      return callMutation('createCases', 'cases.create', key, [queueId, content], async (options) => {
        client.requireOperation('cases.get');
        const [created] = await client.cases.create({ queueId, cases: [content] }, options);
        if (!created?.id)
          throw ApplicationFailure.nonRetryable('created case: the response has no id', 'Duvo.ContractViolation');
        return { caseId: created.id };
      });
    },

    /** Waits until a case is completed or failed. Each attempt is one poll. */
    async awaitCase({ caseId }: { caseId: string }): Promise<{ status: string }> {
      const minDelayMs = nextPollDelayMs();
      const { case: found } = await runHttpAttempt(() => client.cases.get(caseId, { signal: cancellationSignal() }), {
        minDelayMs,
      });
      if (found.status === 'completed' || found.status === 'failed') return { status: found.status };
      throw unchangedFailure(caseId, found.displayStatus ?? found.status, minDelayMs);
    },
  };
}

function nextPollDelayMs(): number {
  const { attempt } = Context.current().info;
  return attempt === 1
    ? MIN_POLL_INTERVAL_MS
    : Math.min(MAX_POLL_INTERVAL_MS, Math.max(MIN_POLL_INTERVAL_MS, activityAgeMs() / 10));
}
