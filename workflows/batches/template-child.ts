import { AGENT_RUN } from '../contract';
import { BATCH_CASE, type BatchTemplate, type CaseItem } from './contract';
import type { PageInput } from './page-messages';
import { render, textOf } from './template';

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
  const { type, taskQueue } = template.workflow;
  return { type, ...(taskQueue && { taskQueue }), args: [item] };
}

function caseOf(template: Extract<BatchTemplate, { case: unknown }>['case'], item: unknown): CaseItem {
  // A case takes texts alone; a placeholder that stands alone keeps its field's type.
  const { queueId, ...texts } = Object.fromEntries(
    Object.entries(render(template, item)).map(([name, value]) => [name, textOf(value)]),
  ) as Omit<typeof template, 'labels'>;
  return { queueId, case: texts };
}
