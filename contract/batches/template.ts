import { ApplicationFailure } from '@temporalio/common';
import { FailureTypes } from '../failures';
import { jsonBytes } from '../text/cut-text';
import type { BatchTemplate } from './batch-contract';

const PLACEHOLDER = /\{\{\s*([^{}]+?)\s*\}\}/g;

/** Replaces a template's placeholders by an item's fields. @throws ApplicationFailure `Duvo.InvalidInput` that names a missing field */
export function render<T>(template: T, item: unknown): T {
  if (typeof template === 'string') return renderText(template, item) as T;
  if (Array.isArray(template)) return template.map((one: unknown) => render(one, item)) as T;
  if (typeof template !== 'object' || template === null) return template;
  return Object.fromEntries(Object.entries(template).map(([name, value]) => [name, render(value, item)])) as T;
}

function renderText(text: string, item: unknown): unknown {
  const singleField = /^\{\{\s*([^{}]+?)\s*\}\}$/.exec(text)?.[1];
  if (singleField !== undefined) return readField(item, singleField);
  return text.replace(PLACEHOLDER, (_all, name: string) => toText(readField(item, name)));
}

/** Start of a placeholder that is not valid, with the name that follows it. */
const MALFORMED_PLACEHOLDER = /\{\{\s*([\w.-]{0,40})(\s*\}\})?/;

/** Whether a text of the template depends on the item. */
export function hasPlaceholder(template: unknown): boolean {
  if (typeof template === 'string') return template.search(PLACEHOLDER) >= 0;
  return typeof template === 'object' && template !== null && Object.values(template).some(hasPlaceholder);
}

/**
 * Returns what is wrong with a placeholder of a text: the text would be sent literally. Quotes only the placeholder's name,
 * because the text is a message to an agent.
 */
export function findPlaceholderProblem(text: string): string | undefined {
  const rest = text.replace(PLACEHOLDER, (_all, name: string) => (name.trim() === '' ? '{{}}' : ''));
  const [malformed, name, end] = MALFORMED_PLACEHOLDER.exec(rest) ?? [];
  if (malformed === undefined) return undefined;
  if (!name) return `'{{${end ? '}}' : ''}' names no field of the item: write {{name}}, or {{item}} for the whole item`;
  return `'{{${name}' is not closed: write {{${name}}}`;
}

/** Names of the item's fields that a template's placeholders refer to. */
function placeholderFields(template: unknown): string[] {
  const texts = typeof template === 'string' ? [template] : [];
  const parts = typeof template === 'object' && template !== null ? Object.values(template) : [];
  const names = texts.flatMap((text) => [...text.matchAll(PLACEHOLDER)].map(([, name]) => name ?? ''));
  return [...new Set([...names.filter((name) => name !== 'item'), ...parts.flatMap(placeholderFields)])];
}

/** Names of the fields that an item must have, so that the template and the key can be made from it. */
export function requiredItemFields({ template, keyField }: { template?: unknown; keyField?: string }): string[] {
  return [...new Set([...placeholderFields(template), ...(keyField === undefined ? [] : [keyField])])];
}

/** Renders the input of an item's workflow. The digest of this input shows whether two items with one key are the same work. */
export function renderItemInput(template: BatchTemplate, item: unknown): object {
  if ('run' in template) return render(template.run, item);
  if ('case' in template) return render(template.case, item);
  const { type, input } = template.workflow;
  return { type, input: input === undefined ? item : render(input, item) };
}

/** Limit of the input of an item's workflow. Temporal refuses payloads above 2 MB without naming the cause. */
const MAX_ITEM_INPUT_BYTES = 1_500_000;

/** Returns the size of the rendered input of an item in bytes; 0 when the template does not fit the item. */
export function itemInputBytes(template: BatchTemplate, item: unknown): number {
  try {
    return jsonBytes(renderItemInput(template, item));
  } catch {
    return 0;
  }
}

/** @throws ApplicationFailure `Duvo.InvalidInput` when the rendered input is too large for a workflow */
export function checkItemInputSize(input: unknown): void {
  const bytes = jsonBytes(input);
  if (bytes <= MAX_ITEM_INPUT_BYTES) return;
  const problem = `has ${bytes} bytes once the template is filled in; the limit is ${MAX_ITEM_INPUT_BYTES}: put less into the template or the item`;
  throw invalidFieldFailure('input', problem);
}

export function toText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function readField(item: unknown, name: string): unknown {
  if (name === 'item') return item;
  const fields = (typeof item === 'object' && item !== null ? item : {}) as Record<string, unknown>;
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (value === undefined || value === null)
    throw invalidFieldFailure(name, `${describeMissing(item)}: the template needs this field`);
  return value;
}

function describeMissing(item: unknown): string {
  if (Array.isArray(item)) return 'is missing, because the item is an array, not an object';
  if (typeof item === 'object' && item !== null) return 'is missing in the item';
  return `is missing, because the item is ${item === null ? 'null' : `a ${typeof item}`}, not an object`;
}

/** Returns the business key of an item. @throws ApplicationFailure `Duvo.InvalidInput` when the field is missing or no key */
export function readItemKey(item: unknown, keyField: string | undefined): string | undefined {
  if (keyField === undefined) return undefined;
  const value = readField(item, keyField);
  if (typeof value === 'number' || (typeof value === 'string' && value.trim() !== '')) return String(value);
  if (typeof value === 'string')
    throw invalidFieldFailure(keyField, 'is empty: the key field (--key-field, keyField) needs a value in each item');
  throw invalidFieldFailure(keyField, 'must be a text or a number: it is the key of the item');
}

function invalidFieldFailure(field: string, problem: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(`${field} ${problem}`, FailureTypes.InvalidInput, { field, problem });
}

/** Temporal's limit for a workflow id. */
const MAX_WORKFLOW_ID_BYTES = 1_000;

export function isWorkflowIdTooLong(workflowId: string): boolean {
  return new TextEncoder().encode(workflowId).length > MAX_WORKFLOW_ID_BYTES;
}

/** Returns the business key of an item, or `undefined` when the item has no valid key. */
export function itemKeyOrUndefined(item: unknown, keyField: string | undefined): string | undefined {
  try {
    return readItemKey(item, keyField);
  } catch {
    return undefined;
  }
}

/** Returns for each item the position of the first item with the same key. */
export function firstPositionsByKey(items: readonly unknown[], keyField: string | undefined): number[] {
  const positions = new Map<string, number>();
  return items.map((item, at) => {
    const key = itemKeyOrUndefined(item, keyField);
    const first = key === undefined ? undefined : positions.get(key);
    if (key !== undefined && first === undefined) positions.set(key, at);
    return first ?? at;
  });
}
