import {
  type ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  proxyActivities,
  workflowInfo,
} from '@temporalio/workflow';
import type { DuvoActivities } from '../../activities';
import { CALL_ACTIVITY_OPTIONS, isActivityCancellation } from '../process/activity-proxies';
import type { BatchPlan } from '../../contract/batches/batch-input';
import type { BatchSource, PagesAdded } from '../../contract/batches/batch-contract';

/** Runs the activity that reads a batch's source and stores its pages, while the batch already runs the first items. */
export class SourceReader {
  private readonly scope = new CancellationScope();

  constructor(
    private readonly source: BatchSource,
    private readonly plan: BatchPlan,
  ) {}

  /**
   * @returns the stored pages: all of them, or after {@link cancel} those that were stored before
   * @throws ApplicationFailure with the reason why the source cannot be read
   */
  async read(): Promise<PagesAdded> {
    const { workflowId, originalExecutionRunId, taskQueue } = workflowInfo();
    const { storeBatchItems } = proxyActivities<DuvoActivities>({
      ...CALL_ACTIVITY_OPTIONS,
      taskQueue: this.plan.apiTaskQueue,
      // A large source takes long. The heartbeat timeout detects a dead worker.
      startToCloseTimeout: '7d',
      summary: 'read the source, store its items',
    });
    const { source } = this;
    const { template, keyField } = this.plan;
    const rules = { template, ...(keyField !== undefined && { keyField }) };
    try {
      return await this.scope.run(() =>
        storeBatchItems({ batchId: workflowId, owner: originalExecutionRunId, taskQueue, source, ...rules }),
      );
    } catch (error) {
      const { cause } = error as ActivityFailure;
      if (!(cause instanceof ApplicationFailure) || isActivityCancellation(error)) throw error;
      const { message, type, details } = cause as ApplicationFailure & { type: string };
      throw ApplicationFailure.create({ message, type, nonRetryable: true, details: details ?? [] });
    }
  }

  cancel(): void {
    this.scope.cancel();
  }
}
