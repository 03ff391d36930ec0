import { BATCH_ID_SEARCH_ATTRIBUTE, PageStore } from '../../contract/batch-contract';
import { Context, getClient } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { DuvoClient } from '../../duvo';
import { activityAgeMs, unchangedFailure } from '../failures';
import { cancellationSignal, runHttpAttempt } from '../http-attempt';
import { storeBatchItems } from './store-batch-items';
import { isWorkflowNotFound, describeWorkflow, type WorkflowSnapshot } from './workflow-snapshot';

/** How soon what is followed is looked at again: a tenth of how long it is followed so far, within bounds. Milliseconds. */
const MIN_POLL_INTERVAL_MS = 2_000;
const MAX_POLL_INTERVAL_MS = 60_000;

/** Workflows that are looked at side by side. */
const MAX_CONCURRENT_DESCRIBES = 20;

/** What a batch needs besides its items: its pages, and the ends of what it did not start itself. */
export function createBatchActivities(client: DuvoClient) {
  return {
    /** The items of a page, from the workflow that holds them. */
    readBatchPage({ workflowId }: { workflowId: string }): Promise<{ first: number; items: unknown[] }> {
      return runHttpAttempt(async () => {
        try {
          return await getClient().workflow.getHandle(workflowId).query(PageStore.items);
        } catch (error) {
          if (!isWorkflowNotFound(error)) throw error;
          throw ApplicationFailure.nonRetryable(`the page ${workflowId} is not there any more`, 'Duvo.BatchPageGone');
        }
      });
    },

    storeBatchItems,

    /** Lets go of the workflows that hold the pages of a batch which is over. */
    async releaseBatchPages({ batchId, pages }: { batchId: string; pages: number }): Promise<void> {
      const client = getClient();
      const { info } = Context.current();
      let page = Number(info.heartbeatDetails ?? 1);
      await runHttpAttempt(
        async () => {
          // The batch may not have heard of the last ones.
          for (let found = true; (page <= pages || found) && !cancellationSignal().aborted; page++) {
            const store = client.workflow.getHandle(`${batchId}/items/${page}`);
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
        () => page,
      );
    },

    /** Waits until a workflow has ended, or was deleted (`GONE`): its attempts are the looks. */
    awaitWorkflow({ workflowId }: { workflowId: string }): Promise<WorkflowSnapshot> {
      return runHttpAttempt(async () => {
        const snapshot = await describeWorkflow(getClient(), workflowId);
        if (snapshot.status === 'RUNNING') throw unchangedFailure(workflowId, 'running', nextPollDelayMs());
        return snapshot;
      });
    },

    /** Where workflows stand, in their order. */
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

    /** Cancels a workflow that a batch has started, as the item of a page that died. Another's is left alone. */
    cancelBatchItem({ workflowId, batchId }: { workflowId: string; batchId: string }): Promise<boolean> {
      return runHttpAttempt(async () => {
        const handle = getClient().workflow.getHandle(workflowId);
        try {
          const { searchAttributes } = await handle.describe();
          const [owner] = (searchAttributes as Record<string, string[] | undefined>)[BATCH_ID_SEARCH_ATTRIBUTE] ?? [];
          if (owner === batchId) await handle.cancel();
          return owner === batchId;
        } catch (error) {
          if (!isWorkflowNotFound(error)) throw error;
          return true;
        }
      });
    },

    /** Waits until a case is done: its attempts are the looks. */
    async awaitCase({ caseId }: { caseId: string }): Promise<{ status: string }> {
      if (caseId === '') throw ApplicationFailure.nonRetryable('the case has no id', 'Duvo.ContractViolation');
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
