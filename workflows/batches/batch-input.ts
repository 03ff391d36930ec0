import type { Check } from '../input-checks';
import { object, refuse, text } from '../input-checks';
import { type BatchInput, type BatchPriority, type BatchTemplate, PAGE_BYTES, PAGE_ITEMS } from './contract';

/** The input of a batch, checked, with its defaults. */
export interface BatchPlan {
  template: BatchTemplate;
  items?: unknown[];
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
  else if (value.length > PAGE_ITEMS || JSON.stringify(value).length > PAGE_BYTES)
    refuse(field, `are more than one page (${PAGE_ITEMS} items, ${PAGE_BYTES} bytes): store pages, as the client does`);
};
const template: Check = (value, field) => {
  object({
    run: (one, at) =>
      object({ ...Object.fromEntries(Object.keys(one ?? {}).map((name) => [name, anything])) })(one, at),
    workflow: object({ type: text, taskQueue: text }),
    case: object({ queueId: text, title: text, data: text, priority: text }),
  })(value, field);
  if (Object.keys(value as object).length !== 1) refuse(field, 'must have one of run, workflow and case');
};

export const width = whole(1, WIDEST);

const batchInput = object({
  template,
  items,
  width,
  keyField: text,
  attempts: whole(1, 100),
  stopAtFailureShare: share,
  stopNotBefore: whole(1, Number.MAX_SAFE_INTEGER),
  apiTaskQueue: text,
  priority: object({ priorityKey: whole(1, 5), fairnessKey: text, fairnessWeight: anything }),
});

/** @throws ApplicationFailure `Duvo.InvalidInput`, whose first detail is `{field, problem}` */
export function planBatch(input: unknown): BatchPlan {
  batchInput(input, '');
  const given = input as BatchInput;
  if (!given.template) refuse('template', 'is missing: say what is started for each item');
  return {
    ...given,
    width: given.width ?? 10,
    attempts: given.attempts ?? 1,
    stopNotBefore: given.stopNotBefore ?? 10,
    apiTaskQueue: given.apiTaskQueue ?? 'duvo-api',
  };
}
