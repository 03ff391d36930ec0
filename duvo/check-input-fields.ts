import { inputError } from './errors/input-error';
import { isObject } from './model/operation';
import type { OperationInput, OperationName } from './model/operation-types';

/** The allowed fields of an object, or of each object of a list. `true` allows any value. */
type AllowedFields = true | { readonly [name: string]: AllowedFields };

const PAGE_FIELDS = { limit: true, offset: true } as const;

/** All input fields of each operation. The type makes a forgotten field a compile error. */
const ALLOWED_FIELDS: { readonly [N in OperationName]: { readonly [F in keyof OperationInput<N>]-?: AllowedFields } } =
  {
    'agents.create': { name: true, sourceBuildId: true, build: true, extraFields: true },
    'agents.get': { agentId: true },
    'agents.list': PAGE_FIELDS,
    'agents.schedules': { agentId: true },
    'runs.start': { agentId: true, message: true, sandboxId: true, webhookUrl: true, extraFields: true },
    'runs.get': { runId: true },
    'runs.list': { ...PAGE_FIELDS, status: true, agentId: true, since: true, search: true, source: true },
    'runs.messages': { runId: true, ...PAGE_FIELDS },
    'runs.postMessage': { runId: true, text: true },
    'runs.respond': { runId: true, requestId: true, answer: { approved: true, answers: true } },
    'runs.stop': { runId: true },
    'queues.get': { queueId: true },
    'queues.list': PAGE_FIELDS,
    'cases.create': {
      queueId: true,
      cases: { title: true, data: true, labels: { key: true, value: true }, priority: true },
      extraFields: true,
    },
    'cases.get': { caseId: true },
    'cases.list': {
      queueId: true,
      ...PAGE_FIELDS,
      status: true,
      priority: true,
      search: true,
      createdFrom: true,
      updatedFrom: true,
    },
    'cases.runs': { caseId: true },
    'sandboxes.create': {},
    'sandboxes.createUploadUrl': { sandboxId: true, path: true },
    'sandboxes.uploadFile': { sandboxId: true, file: true, path: true },
    'sandboxes.files': { sandboxId: true, path: true },
    'tools.list': {},
    'tools.call': { name: true, arguments: true },
  };

/**
 * Refuses a field that the operation does not have, which is usually a misspelt one. This check is only for input that a
 * person types. Input from a workflow history is not checked, because it may hold additional fields and must still work.
 *
 * @throws DuvoInvalidInputError
 */
export function checkInputFields(name: OperationName, input: unknown): void {
  refuseUnknownFields(name, '', ALLOWED_FIELDS[name], input);
}

function refuseUnknownFields(name: OperationName, parentPath: string, fields: AllowedFields, value: unknown): void {
  if (fields === true) return;
  if (Array.isArray(value)) {
    for (const [index, element] of value.entries())
      refuseUnknownFields(name, `${parentPath}[${index}]`, fields, element);
  } else if (isObject(value)) {
    for (const [field, inner] of Object.entries(value)) {
      const path = parentPath === '' ? field : `${parentPath}.${field}`;
      const known = Object.hasOwn(fields, field) ? fields[field] : undefined;
      if (known === undefined)
        throw inputError({ name, method: '', path: '' }, path, unknownFieldMessage(Object.keys(fields)));
      refuseUnknownFields(name, path, known, inner);
    }
  }
}

function unknownFieldMessage(known: string[]): string {
  return known.length === 0
    ? 'is unknown: this operation has no fields here'
    : `is unknown: the known fields are ${known.join(', ')}`;
}
