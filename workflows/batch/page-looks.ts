import { proxyActivities } from '@temporalio/workflow';
import type { DuvoActivities, WorkflowLook } from '../../activities';
import { CALL } from '../process/duvo-activities';
import type { StoredItems } from './batch-items';
import { itemWorkflowId } from '../../contract/batch-contract';
import { isTooLong, keyIfAny } from '../../contract/keys';
import type { PageInput } from './page-messages';

/** Where the workflows of items stand, by the items' places in the page. One activity. */
export async function looksAt(
  { page, batchId, template, keyField, apiTaskQueue }: PageInput,
  { first, items }: StoredItems,
  places: number[],
): Promise<[number, WorkflowLook][]> {
  if (places.length === 0) return [];
  const { lookAtWorkflows } = proxyActivities<DuvoActivities>({
    ...CALL,
    taskQueue: apiTaskQueue,
    summary: `look at items of page ${page}`,
  });
  const known = places.flatMap((at) => {
    const key = keyIfAny(items[at], keyField);
    if (keyField !== undefined && key === undefined) return [];
    const workflowId = itemWorkflowId(batchId, template, { index: first + at, key });
    return isTooLong(workflowId) ? [] : [{ at, workflowId }];
  });
  const looks = await lookAtWorkflows({ workflowIds: known.map(({ workflowId }) => workflowId) });
  return known.flatMap(({ at }, n): [number, WorkflowLook][] => (looks[n] ? [[at, looks[n]]] : []));
}
