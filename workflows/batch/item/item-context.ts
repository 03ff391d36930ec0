import type { BatchPlan } from '../../../contract/batches/batch-input';

/** The settings of a batch that its items need. */
export interface ItemContext extends Pick<
  BatchPlan,
  'template' | 'keyField' | 'attempts' | 'apiTaskQueue' | 'priority'
> {
  batchId: string;
}
