import { proxyActivities } from '@temporalio/workflow';
import type { DuvoActivities, WorkflowSnapshot } from '../../../activities';
import { CALL_ACTIVITY_OPTIONS } from '../../process/activity-proxies';
import type { StoredItems } from './page-store';
import { itemWorkflowId } from '../../../contract/batches/batch-contract';
import { isWorkflowIdTooLong, itemKeyOrUndefined } from '../../../contract/batches/template';
import type { PageInput } from './page-messages';

/** Describes the workflows of items, in one activity. Returns pairs of position in the page and workflow. */
export async function describeItems(
  { page, batchId, template, keyField, apiTaskQueue }: PageInput,
  { first, items }: StoredItems,
  positions: number[],
): Promise<[number, WorkflowSnapshot][]> {
  if (positions.length === 0) return [];
  const { describeWorkflows } = proxyActivities<DuvoActivities>({
    ...CALL_ACTIVITY_OPTIONS,
    taskQueue: apiTaskQueue,
    summary: `describe items of page ${page}`,
  });
  const targets = positions.flatMap((at) => {
    const key = itemKeyOrUndefined(items[at], keyField);
    if (keyField !== undefined && key === undefined) return [];
    const workflowId = itemWorkflowId(batchId, template, { index: first + at, key });
    return isWorkflowIdTooLong(workflowId) ? [] : [{ at, workflowId }];
  });
  const descriptions = await describeWorkflows({ workflowIds: targets.map(({ workflowId }) => workflowId) });
  return targets.flatMap(({ at }, n): [number, WorkflowSnapshot][] => (descriptions[n] ? [[at, descriptions[n]]] : []));
}
