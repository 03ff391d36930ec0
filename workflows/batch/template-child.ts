import { AGENT_RUN } from '../../contract/run-contract';
import { BATCH_CASE, type BatchTemplate, type CaseItem } from '../../contract/batch-contract';
import type { PageInput } from './page-messages';
import { render, textOf } from '../../contract/template';

interface Child {
  type: string;
  /** @default the batch's own */
  taskQueue?: string;
  args: [unknown];
}

/** The workflow that an item is. @throws ApplicationFailure `Duvo.InvalidInput` that names a field which it lacks */
export function childOf({ template, apiTaskQueue }: PageInput, item: unknown): Child {
  if ('run' in template) return { type: AGENT_RUN, args: [{ apiTaskQueue, ...render(template.run, item) }] };
  if ('case' in template) return { type: BATCH_CASE, args: [{ apiTaskQueue, ...caseOf(template.case, item) }] };
  const { type, taskQueue, input } = template.workflow;
  const args: [unknown] = [input === undefined ? item : render(input, item)];
  return { type, ...(taskQueue && { taskQueue }), args };
}

function caseOf({ labels, ...template }: Extract<BatchTemplate, { case: unknown }>['case'], item: unknown): CaseItem {
  const { queueId, ...texts } = textsOf(render(template, item));
  const rendered = labels && render(labels, item).map((one) => (isText(one) ? { value: textOf(one) } : textsOf(one)));
  return { queueId, case: { ...texts, ...(rendered && { labels: rendered }) } };
}

/** A case takes texts alone; a placeholder that stands alone keeps its field's type. */
function textsOf<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, textOf(value)])) as T;
}

const isText = (label: string | object): label is string => typeof label !== 'object';
