import { inWorkflowContext, patched } from '@temporalio/workflow';
import type { Check } from './input-checks';
import { object, oneOf, refuse, text } from './input-checks';
import { priority } from './priority-check';
import {
  type BatchInput,
  type BatchPriority,
  type BatchSource,
  type BatchTemplate,
  PAGE_BYTES,
  PAGE_ITEMS,
} from './batch-contract';

/** The input of a batch, checked, with its defaults. */
export interface BatchPlan {
  template: BatchTemplate;
  items?: unknown[];
  source?: BatchSource;
  width: number;
  keyField?: string;
  attempts: number;
  stopAtFailureShare?: number;
  stopNotBefore: number;
  apiTaskQueue: string;
  priority?: BatchPriority;
}

/** Temporal lets a workflow have 2,000 open children; a batch shares the window among its pages. */
export const WIDEST = 500;
export const MOST_ATTEMPTS = 100;

const whole =
  (from: number, to: number): Check =>
  (value, field) => {
    if (!Number.isInteger(value) || (value as number) < from || (value as number) > to)
      refuse(field, `must be a whole number from ${from} to ${to}`);
  };
const share: Check = (value, field) => {
  if (typeof value !== 'number' || !(value > 0 && value <= 1)) refuse(field, 'must be a number above 0, up to 1');
};
const anything: Check = () => undefined;
const items: Check = (value, field) => {
  if (!Array.isArray(value)) refuse(field, 'must be a list');
  else if (value.length > PAGE_ITEMS || isLarge(JSON.stringify(value)))
    refuse(field, `are more than one page (${PAGE_ITEMS} items, ${PAGE_BYTES} bytes): store pages, as the client does`);
};
/** Characters were counted once: what was accepted then replays. */
const isLarge = (json: string): boolean =>
  json.length > PAGE_BYTES ||
  (new TextEncoder().encode(json).length > PAGE_BYTES && (!inWorkflowContext() || patched('items-in-bytes')));
const from: Check = (value, field) => {
  text(value, field);
  const given = value as string;
  if (/^(\/|[a-z]:[\\/]|\\\\)/i.test(given)) return;
  const host = /^https?:\/\/([^/\\?#]+)/i.exec(given)?.[1];
  if (host === undefined) return refuse(field, 'must be an absolute path, or an http or https URL');
  // It stands in the history.
  if (host.includes('@'))
    refuse(field, 'has a user or a password in it: give a URL without, which the workers may read');
};
const delimiter: Check = (value, field) => {
  if (typeof value !== 'string' || value === '') refuse(field, 'must be a string that is not empty');
};
const source: Check = (value, field) => {
  object({ from, format: oneOf('csv', 'ndjson', 'json'), delimiter })(value, field);
  if (!(value as Partial<BatchSource>).from) refuse(`${field}.from`, 'is missing: give a path or a URL');
};
const labels: Check = (value, field) => {
  if (!Array.isArray(value)) return refuse(field, 'must be a list of texts or of {key, value}');
  for (const [index, one] of value.entries())
    (typeof one === 'object' ? object({ key: text, value: text }) : text)(one, `${field}[${index}]`);
};
const template: Check = (value, field) => {
  object({
    run: (one, at) =>
      object({ ...Object.fromEntries(Object.keys(one ?? {}).map((name) => [name, anything])) })(one, at),
    workflow: object({ type: text, taskQueue: text, input: anything }),
    case: object({ queueId: text, title: text, data: text, priority: text, labels }),
  })(value, field);
  if (Object.keys(value as object).length !== 1) refuse(field, 'must have one of run, workflow and case');
};

export const width = whole(1, WIDEST);

const batchInput = object({
  template,
  items,
  source,
  width,
  keyField: text,
  attempts: whole(1, MOST_ATTEMPTS),
  stopAtFailureShare: share,
  stopNotBefore: whole(1, Number.MAX_SAFE_INTEGER),
  apiTaskQueue: text,
  priority,
});

/** @throws ApplicationFailure `Duvo.InvalidInput`, whose first detail is `{field, problem}` */
export function planBatch(input: unknown): BatchPlan {
  batchInput(input, '');
  const given = input as BatchInput;
  if (!given.template) refuse('template', 'is missing: say what is started for each item');
  if (given.items && given.source) refuse('source', 'does not go with items: give one of the two');
  return {
    ...given,
    width: given.width ?? 10,
    attempts: given.attempts ?? 1,
    stopNotBefore: given.stopNotBefore ?? 10,
    apiTaskQueue: given.apiTaskQueue ?? 'duvo-api',
  };
}
