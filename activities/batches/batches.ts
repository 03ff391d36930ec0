import { Context, getClient } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { DuvoClient } from '../../duvo';
import { attemptAge, unchanged } from '../failures';
import { cancellationSignal, httpAttempt } from '../http-attempt';
import { storeBatchItems } from './store-batch-items';
import { isGone, lookAtWorkflow, type WorkflowLook } from './workflow-look';

/** How soon what is followed is looked at again: a tenth of how long it is followed so far, within bounds. Milliseconds. */
const SOONEST = 2_000;
const LATEST = 60_000;

/** Workflows that are looked at side by side. */
const AT_ONCE = 20;

/** What a batch needs besides its items: its pages, and the ends of what it did not start itself. */
export function createBatchActivities(client: DuvoClient) {
  return {
    /** The items of a page, from the workflow that holds them. */
    readBatchPage({ workflowId }: { workflowId: string }): Promise<{ first: number; items: unknown[] }> {
      return httpAttempt(async () => {
        try {
          return await getClient().workflow.getHandle(workflowId).query('items');
        } catch (error) {
          if (!isGone(error)) throw error;
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
      await httpAttempt(
        async () => {
          // The batch may not have heard of the last ones.
          for (let found = true; (page <= pages || found) && !cancellationSignal().aborted; page++) {
            const store = client.workflow.getHandle(`${batchId}/items/${page}`);
            found = await store.signal('release').then(
              () => true,
              (error: unknown) => {
                if (!isGone(error)) throw error;
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
    awaitWorkflow({ workflowId }: { workflowId: string }): Promise<WorkflowLook> {
      return httpAttempt(async () => {
        const look = await lookAtWorkflow(getClient(), workflowId);
        if (look.status === 'RUNNING') throw unchanged(workflowId, 'running', nextLook());
        return look;
      });
    },

    /** Where workflows stand, in their order. */
    lookAtWorkflows({ workflowIds }: { workflowIds: string[] }): Promise<WorkflowLook[]> {
      return httpAttempt(async () => {
        const looks: WorkflowLook[] = [];
        for (let at = 0; at < workflowIds.length && !cancellationSignal().aborted; at += AT_ONCE) {
          const some = workflowIds.slice(at, at + AT_ONCE);
          looks.push(...(await Promise.all(some.map((id) => lookAtWorkflow(getClient(), id)))));
        }
        return looks;
      });
    },

    /** Cancels a workflow that a batch has started, as the item of a page that died. Another's is left alone. */
    cancelItem({ workflowId, batchId }: { workflowId: string; batchId: string }): Promise<boolean> {
      return httpAttempt(async () => {
        const handle = getClient().workflow.getHandle(workflowId);
        try {
          const { searchAttributes } = await handle.describe();
          const [owner] = (searchAttributes as Record<string, string[] | undefined>).DuvoBatchId ?? [];
          if (owner === batchId) await handle.cancel();
          return owner === batchId;
        } catch (error) {
          if (!isGone(error)) throw error;
          return true;
        }
      });
    },

    /** Waits until a case is done: its attempts are the looks. */
    async awaitCase({ caseId }: { caseId: string }): Promise<{ status: string }> {
      if (caseId === '') throw ApplicationFailure.nonRetryable('the case has no id', 'Duvo.ContractViolation');
      const minDelayMs = nextLook();
      const { case: found } = await httpAttempt(() => client.cases.get(caseId, { signal: cancellationSignal() }), {
        minDelayMs,
      });
      if (found.status === 'completed' || found.status === 'failed') return { status: found.status };
      throw unchanged(caseId, found.displayStatus ?? found.status, minDelayMs);
    },
  };
}

function nextLook(): number {
  const { attempt } = Context.current().info;
  return attempt === 1 ? SOONEST : Math.min(LATEST, Math.max(SOONEST, attemptAge() / 10));
}
