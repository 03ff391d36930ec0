import { AGENT_RUN_WORKFLOW_TYPE } from '../../../contract/names';
import {
  BATCH_CASE_WORKFLOW_TYPE,
  type BatchTemplate,
  type BatchCaseInput,
} from '../../../contract/batches/batch-contract';
import type { ItemContext } from './item-context';
import { checkItemInputSize, render, toText } from '../../../contract/batches/template';

interface ItemWorkflow {
  type: string;
  /** @default the batch's task queue */
  taskQueue?: string;
  args: [unknown];
}

/**
 * Renders the batch's template for one item.
 *
 * @throws ApplicationFailure `Duvo.InvalidInput` that names a field that the item lacks, or an input that is too large
 */
export function renderItem(context: ItemContext, item: unknown): ItemWorkflow {
  const workflow = renderItemWorkflow(context, item);
  checkItemInputSize(workflow.args[0]);
  return workflow;
}

function renderItemWorkflow({ template, apiTaskQueue }: ItemContext, item: unknown): ItemWorkflow {
  if ('run' in template)
    return { type: AGENT_RUN_WORKFLOW_TYPE, args: [{ apiTaskQueue, ...render(template.run, item) }] };
  if ('case' in template)
    return { type: BATCH_CASE_WORKFLOW_TYPE, args: [{ apiTaskQueue, ...toCaseInput(template.case, item) }] };
  const { type, taskQueue, input } = template.workflow;
  const args: [unknown] = [input === undefined ? item : render(input, item)];
  return { type, ...(taskQueue && { taskQueue }), args };
}

function toCaseInput(
  { labels, ...template }: Extract<BatchTemplate, { case: unknown }>['case'],
  item: unknown,
): BatchCaseInput {
  const { queueId, ...texts } = toTexts(render(template, item));
  const rendered =
    labels && render(labels, item).map((one) => (isPlainLabel(one) ? { value: toText(one) } : toTexts(one)));
  return { queueId, case: { ...texts, ...(rendered && { labels: rendered }) } };
}

/** Converts all values to strings. A placeholder that is the whole text keeps its field's type, but a case takes strings only. */
function toTexts<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, toText(value)])) as T;
}

const isPlainLabel = (label: string | object): label is string => typeof label !== 'object';
