import type { Check } from '../input-checks';
import { booleanFlag, integer, object, oneOf, failInvalidInput, nonEmptyString, upToBytes } from '../input-checks';
import { DEFAULT_API_TASK_QUEUE } from '../names';
import { priority } from '../priority';
import {
  type BatchInput,
  type BatchPriority,
  type BatchSource,
  type BatchTemplate,
  MAX_PAGE_BYTES,
  MAX_PAGE_ITEMS,
} from './batch-contract';
import { checkTemplate } from './check-template';

/** A batch's input after the check, with defaults filled in. */
export interface BatchPlan {
  template: BatchTemplate;
  items?: unknown[];
  source?: BatchSource;
  concurrency: number;
  keyField?: string;
  attempts: number;
  stopAtFailureShare?: number;
  stopNotBefore: number;
  apiTaskQueue: string;
  priority?: BatchPriority;
}

/** Temporal allows a workflow 2,000 pending children. One page may hold all slots of its batch. */
export const MAX_CONCURRENCY = 500;
export const MAX_ATTEMPTS = 100;
/** A page's history begins with the template three times, and clients read at most 4 MB of a history at a time. */
const MAX_TEMPLATE_BYTES = 1_200_000;
/** Temporal's limit for the name of a task queue. A key field is as short, because it is in messages of failures. */
const MAX_NAME_BYTES = 1_000;

const fraction: Check = (value, field) => {
  if (typeof value !== 'number' || !(value > 0 && value <= 1))
    failInvalidInput(field, 'must be a number above 0, up to 1');
};
const items: Check = (value, field) => {
  if (!Array.isArray(value)) failInvalidInput(field, 'must be a list');
  else if (value.length > MAX_PAGE_ITEMS || exceedsPageBytes(JSON.stringify(value)))
    failInvalidInput(
      field,
      `exceed one page (${MAX_PAGE_ITEMS} items, ${MAX_PAGE_BYTES} bytes): store pages, as the client does`,
    );
};
const exceedsPageBytes = (json: string): boolean => new TextEncoder().encode(json).length > MAX_PAGE_BYTES;
const from: Check = (value, field) => {
  nonEmptyString(value, field);
  const given = value as string;
  if (/^(\/|[a-z]:[\\/]|\\\\)/i.test(given)) return;
  const host = /^https?:\/\/([^/\\?#]+)/i.exec(given)?.[1];
  if (host === undefined) return failInvalidInput(field, 'must be an absolute path, or an http or https URL');
  // The source is stored in the history, where everybody with access to Temporal could read a password.
  if (host.includes('@'))
    failInvalidInput(field, 'has a user or a password in it: give a URL without, which the workers may read');
};
const delimiter: Check = (value, field) => {
  if (typeof value !== 'string' || value === '') failInvalidInput(field, 'must be a string that is not empty');
};
const source: Check = (value, field) => {
  object({ from, format: oneOf('csv', 'ndjson', 'json'), delimiter, allowEmpty: booleanFlag })(value, field);
  if (!(value as Partial<BatchSource>).from) failInvalidInput(`${field}.from`, 'is missing: give a path or a URL');
};
export const checkConcurrency = integer(1, MAX_CONCURRENCY);

const checkBatchInput = object({
  template: upToBytes(checkTemplate, MAX_TEMPLATE_BYTES),
  items,
  source,
  concurrency: checkConcurrency,
  keyField: upToBytes(nonEmptyString, MAX_NAME_BYTES),
  attempts: integer(1, MAX_ATTEMPTS),
  stopAtFailureShare: fraction,
  stopNotBefore: integer(1),
  apiTaskQueue: upToBytes(nonEmptyString, MAX_NAME_BYTES),
  priority,
});

/** @throws ApplicationFailure `Duvo.InvalidInput`, whose first detail is `{field, problem}` */
export function parseBatchInput(input: unknown): BatchPlan {
  checkBatchInput(input, '');
  const given = input as BatchInput;
  if (!given.template)
    failInvalidInput('template', 'is missing: give the run, the workflow or the case that each item starts');
  if (given.items && given.source) failInvalidInput('source', 'excludes items: give one of the two');
  // A field that is `null` counts as absent.
  if (given.stopNotBefore && !given.stopAtFailureShare)
    failInvalidInput(
      'stopNotBefore',
      'has no effect without stopAtFailureShare (--stop-at-failure-share): give that too, or leave this out',
    );
  return {
    ...given,
    concurrency: given.concurrency ?? 10,
    attempts: given.attempts ?? 1,
    stopNotBefore: given.stopNotBefore ?? 10,
    apiTaskQueue: given.apiTaskQueue ?? DEFAULT_API_TASK_QUEUE,
  };
}
