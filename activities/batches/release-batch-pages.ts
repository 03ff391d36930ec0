import { Context, getClient } from '@temporalio/activity';
import { PageStore, pageStoreWorkflowId } from '../../contract/batches/batch-contract';
import { cancellationSignal, runHttpAttempt } from '../http-attempt';
import { isWorkflowNotFound } from './workflow-snapshot';

/** Closes the page stores of a batch that has ended. */
export async function releaseBatchPages({ batchId, pages }: { batchId: string; pages: number }): Promise<void> {
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
}
