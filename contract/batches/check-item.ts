import { ApplicationFailure } from '@temporalio/common';
import { FailureTypes } from '../failures';
import { parseRunInput } from '../run-plan';
import { type BatchTemplate, itemWorkflowId } from './batch-contract';
import { checkItemInputSize, isWorkflowIdTooLong, readItemKey, renderItemInput } from './template';

/** The parts of a batch by which its items are checked. */
export interface ItemRules {
  batchId: string;
  template: BatchTemplate;
  keyField?: string;
}

/**
 * Returns what is wrong with an item, before the item is started: a field of the template is missing, the key is not a text
 * or a number, the key or the rendered input is too large, or the input of a run is invalid. Without this check, the item's
 * row would report the same problem. The text has names of fields and no values.
 */
export function findItemProblem({ batchId, template, keyField }: ItemRules, item: unknown): string | undefined {
  try {
    const key = readItemKey(item, keyField);
    if (isWorkflowIdTooLong(itemWorkflowId(batchId, template, { index: 0, key })))
      return `${keyField} is too long: it is the key of the item`;
    const input = renderItemInput(template, item);
    checkItemInputSize(input);
    if ('run' in template) parseRunInput(input);
    return undefined;
  } catch (error) {
    if (error instanceof ApplicationFailure && error.type === FailureTypes.InvalidInput) return error.message;
    throw error;
  }
}
