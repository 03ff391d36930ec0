import { inputError } from './http/request';
import type { Input, OperationName } from './operations';
import { isObject } from './dialects/read';

/** The fields of an object, or of each object of a list; `true` where anything may be. */
type Fields = true | { readonly [name: string]: Fields };

const page = { limit: true, offset: true } as const;

/** Every field that an operation takes, by the types: one that is forgotten here does not compile. */
const FIELDS: { readonly [N in OperationName]: { readonly [F in keyof Input<N>]-?: Fields } } = {
  'agents.create': { name: true, sourceBuildId: true, build: true, extraFields: true },
  'agents.get': { agentId: true },
  'agents.list': page,
  'agents.schedules': { agentId: true },
  'runs.start': { agentId: true, message: true, sandboxId: true, webhookUrl: true, extraFields: true },
  'runs.get': { runId: true },
  'runs.list': { ...page, status: true, agentId: true, since: true, search: true, source: true },
  'runs.messages': { runId: true, ...page },
  'runs.postMessage': { runId: true, text: true },
  'runs.respond': { runId: true, requestId: true, answer: { approved: true, answers: true } },
  'runs.stop': { runId: true },
  'queues.get': { queueId: true },
  'queues.list': page,
  'cases.create': {
    queueId: true,
    cases: { title: true, data: true, labels: { key: true, value: true }, priority: true },
    extraFields: true,
  },
  'cases.get': { caseId: true },
  'cases.list': {
    queueId: true,
    ...page,
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
 * Refuses a field that the operation does not have, which is mostly one that is misspelt. For people's input only: what
 * workflows hold in their histories may have more, and must go on.
 *
 * @throws DuvoInputError
 */
export function checkInputFields(name: OperationName, input: unknown): void {
  refuseOthers(name, '', FIELDS[name], input);
}

function refuseOthers(name: OperationName, at: string, fields: Fields, value: unknown): void {
  if (fields === true) return;
  if (Array.isArray(value)) {
    for (const [index, one] of value.entries()) refuseOthers(name, `${at}[${index}]`, fields, one);
  } else if (isObject(value)) {
    for (const [field, inner] of Object.entries(value)) {
      const path = at === '' ? field : `${at}.${field}`;
      const known = Object.hasOwn(fields, field) ? fields[field] : undefined;
      if (known === undefined) throw inputError({ name, method: '', path: '' }, path, isUnknown(Object.keys(fields)));
      refuseOthers(name, path, known, inner);
    }
  }
}

function isUnknown(known: string[]): string {
  return known.length === 0 ? 'is unknown: there are none' : `is unknown: there are ${known.join(', ')}`;
}
