import {
  anyValue,
  type Check,
  failInvalidInput,
  nonEmptyString,
  object,
  prefixFieldPath,
  requireFields,
  upToBytes,
} from '../input-checks';
import { checkRunInput } from '../run-input';
import type { BatchTemplate } from './batch-contract';
import { findPlaceholderProblem } from './template';

/** Temporal's limit for names. */
const name = upToBytes(nonEmptyString, 1_000);

const labels: Check = (value, field) => {
  if (!Array.isArray(value)) return failInvalidInput(field, 'must be a list of texts or of {key, value}');
  for (const [index, one] of value.entries())
    (typeof one === 'object' ? object({ key: nonEmptyString, value: nonEmptyString }) : nonEmptyString)(
      one,
      `${field}[${index}]`,
    );
};

/** Checks that a template is valid but for the values that come from the items. */
export const checkTemplate: Check = (value, field) => {
  object({
    run: checkRunTemplate,
    workflow: object({ type: name, taskQueue: name, input: anyValue }),
    case: object({
      queueId: nonEmptyString,
      title: nonEmptyString,
      data: nonEmptyString,
      priority: nonEmptyString,
      labels,
    }),
  })(value, field);
  const template = value as BatchTemplate;
  const kinds = Object.values(template as object).filter((kind) => kind !== undefined && kind !== null);
  if (kinds.length !== 1) failInvalidInput(field, 'must have one of run, workflow and case');
  checkPlaceholders(template, field);
  if ('workflow' in template && template.workflow)
    requireFields(template.workflow, `${field}.workflow.`, { type: 'the template needs it' });
  if ('case' in template && template.case) {
    const fix = 'the template needs it';
    requireFields(template.case, `${field}.case.`, { queueId: fix, title: fix });
  }
};

/** Checks the placeholders of all texts in a template. */
function checkPlaceholders(value: unknown, field: string): void {
  if (typeof value === 'string') {
    const problem = findPlaceholderProblem(value);
    if (problem !== undefined) failInvalidInput(field, problem);
  } else if (typeof value === 'object' && value !== null)
    for (const [name, one] of Object.entries(value)) checkPlaceholders(one, `${field}.${name}`);
}

function checkRunTemplate(run: unknown, field: string): void {
  if (typeof run !== 'object' || Array.isArray(run)) failInvalidInput(field, 'must be an object');
  prefixFieldPath(`${field}.`, () => checkRunInput(withoutPlaceholders(run as object)));
}

/** Removes fields with placeholders: their values depend on the item. A field that is `null` counts as absent. */
function withoutPlaceholders(run: object): object {
  return Object.fromEntries(
    Object.entries(run).map(([name, value]) => {
      const isId = name === 'agentId' || name === 'runId';
      return [name, !isId && JSON.stringify(value ?? null).includes('{{') ? null : (value as unknown)];
    }),
  );
}
