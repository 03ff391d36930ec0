import { parseRunInput } from '../../contract/run-plan';
import { parseBatchInput } from '../../contract/batches/batch-input';
import type { BatchInput } from '../../contract/batches/batch-contract';
import { failInvalidInput } from '../../contract/input-checks';

/**
 * Checks the input of a batch before the start: the batch's own checks, and that the template is valid but for the values
 * that come from the items.
 *
 * @throws ApplicationFailure `Duvo.InvalidInput`, whose first detail is `{field, problem}`
 */
export function checkBatch(input: BatchInput): void {
  const { template } = parseBatchInput(input);
  if ('run' in template) checkRunTemplate(template.run);
  else if ('workflow' in template) requireFields({ type: template.workflow?.type }, 'template.workflow');
  else requireFields({ queueId: template.case?.queueId, title: template.case?.title }, 'template.case');
}

function requireFields(fields: Record<string, unknown>, path: string): void {
  for (const [name, value] of Object.entries(fields))
    if (!value) failInvalidInput(`${path}.${name}`, 'is missing: the template needs it');
}

function checkRunTemplate(run: object): void {
  prefixFieldPath('template.run.', () => parseRunInput(withoutPlaceholders(run)));
}

/** Removes fields with placeholders: their values depend on the item. A field that is `null` counts as absent. */
function withoutPlaceholders(run: object): object {
  return Object.fromEntries(
    Object.entries(run ?? {}).map(([name, value]) => {
      const isId = name === 'agentId' || name === 'runId';
      return [name, !isId && JSON.stringify(value ?? null).includes('{{') ? null : (value as unknown)];
    }),
  );
}

/** Runs a check, and puts the path before the name of the field that the check refuses. */
export function prefixFieldPath(path: string, check: () => unknown): void {
  try {
    check();
  } catch (error) {
    const [detail] = (error as { details?: { field: string; problem: string }[] }).details ?? [];
    if (!detail) throw error;
    failInvalidInput(`${path}${detail.field}`, detail.problem);
  }
}
