import {
  checkCases,
  checkHumanAnswer,
  checkId,
  checkInteger,
  checkNonEmptyString,
  checkObject,
  checkOptionalString,
  checkOptionalUrl,
} from './check-arguments';
import type { PageQuery } from './model';
import {
  MAX_AGENTS_PER_PAGE,
  MAX_CASES_PER_PAGE,
  MAX_MESSAGES_PER_PAGE,
  MAX_QUEUES_PER_PAGE,
  MAX_RUNS_PER_PAGE,
} from './model/limits';
import type { OperationInfo } from './model/operation';
import type { OperationInput, OperationName } from './model/operation-types';

/** The properties of an operation that are the same in every dialect. */
interface OperationDefinition<N extends OperationName> {
  /** The OAuth scope that the operation needs. */
  scope: string;
  /** Whether the operation changes something, and so needs an idempotency key. */
  mutates: boolean;
  /** Checks the input, for callers without TypeScript. @throws DuvoInvalidInputError before anything is sent */
  check: (about: OperationInfo, input: OperationInput<N>) => void;
}

const checkIds =
  (...names: string[]) =>
  (about: OperationInfo, input: object) => {
    for (const name of names) checkId(about, name, (input as Record<string, unknown>)[name]);
  };

const checkPage =
  (max: number) =>
  (about: OperationInfo, { limit, offset }: PageQuery) => {
    checkInteger(about, 'limit', limit, { min: 1, max });
    checkInteger(about, 'offset', offset, { min: 0 });
  };

/** All operations of the API. Each dialect in `dialects/` defines the wire form of the operations that it has. */
export const OPERATIONS: { readonly [N in OperationName]: OperationDefinition<N> } = {
  'agents.create': {
    scope: 'runs:write',
    mutates: true,
    check: (about, { name, sourceBuildId, build }) => {
      checkNonEmptyString(about, 'name', name);
      if (sourceBuildId !== undefined) checkId(about, 'sourceBuildId', sourceBuildId);
      if (build !== undefined) checkObject(about, 'build', build);
    },
  },
  'agents.get': { scope: 'runs:read', mutates: false, check: checkIds('agentId') },
  'agents.list': { scope: 'runs:read', mutates: false, check: checkPage(MAX_AGENTS_PER_PAGE) },
  'agents.schedules': { scope: 'runs:read', mutates: false, check: checkIds('agentId') },
  'runs.start': {
    scope: 'runs:write',
    mutates: true,
    check: (about, { agentId, message, sandboxId, webhookUrl }) => {
      checkId(about, 'agentId', agentId);
      checkOptionalString(about, 'message', message);
      if (sandboxId !== undefined) checkId(about, 'sandboxId', sandboxId);
      checkOptionalUrl(about, 'webhookUrl', webhookUrl);
    },
  },
  'runs.get': { scope: 'runs:read', mutates: false, check: checkIds('runId') },
  'runs.list': {
    scope: 'runs:read',
    mutates: false,
    check: (about, query) => {
      checkPage(MAX_RUNS_PER_PAGE)(about, query);
      for (const name of ['status', 'agentId', 'since', 'search', 'source'] as const)
        checkOptionalString(about, name, query[name]);
    },
  },
  'runs.messages': {
    scope: 'runs:read',
    mutates: false,
    check: (about, input) => {
      checkId(about, 'runId', input.runId);
      checkPage(MAX_MESSAGES_PER_PAGE)(about, input);
    },
  },
  'runs.postMessage': {
    scope: 'runs:write',
    mutates: true,
    check: (about, { runId, text }) => {
      checkId(about, 'runId', runId);
      checkNonEmptyString(about, 'text', text);
    },
  },
  'runs.respond': {
    scope: 'approvals:write',
    mutates: true,
    check: (about, { runId, requestId, answer }) => {
      checkId(about, 'runId', runId);
      checkId(about, 'requestId', requestId);
      checkHumanAnswer(about, answer);
    },
  },
  'runs.stop': { scope: 'runs:write', mutates: true, check: checkIds('runId') },
  'queues.get': { scope: 'queues:write', mutates: false, check: checkIds('queueId') },
  'queues.list': { scope: 'queues:write', mutates: false, check: checkPage(MAX_QUEUES_PER_PAGE) },
  'cases.create': {
    scope: 'queues:write',
    mutates: true,
    check: (about, { queueId, cases }) => {
      checkId(about, 'queueId', queueId);
      checkCases(about, cases);
    },
  },
  'cases.get': { scope: 'queues:write', mutates: false, check: checkIds('caseId') },
  'cases.list': {
    scope: 'queues:write',
    mutates: false,
    check: (about, query) => {
      checkId(about, 'queueId', query.queueId);
      checkPage(MAX_CASES_PER_PAGE)(about, query);
      for (const name of ['status', 'priority', 'search', 'createdFrom', 'updatedFrom'] as const)
        checkOptionalString(about, name, query[name]);
    },
  },
  'cases.runs': { scope: 'queues:write', mutates: false, check: checkIds('caseId') },
  'sandboxes.create': { scope: 'sandboxes:write', mutates: true, check: () => undefined },
  'sandboxes.createUploadUrl': {
    scope: 'sandboxes:write',
    mutates: true,
    check: (about, { sandboxId, path }) => {
      checkId(about, 'sandboxId', sandboxId);
      checkNonEmptyString(about, 'path', path);
    },
  },
  'sandboxes.uploadFile': {
    scope: 'sandboxes:write',
    mutates: true,
    check: (about, { sandboxId, file, path }) => {
      checkId(about, 'sandboxId', sandboxId);
      checkNonEmptyString(about, 'file', file);
      if (path !== undefined) checkNonEmptyString(about, 'path', path);
    },
  },
  'sandboxes.files': {
    scope: 'files:read',
    mutates: false,
    check: (about, { sandboxId, path }) => {
      checkId(about, 'sandboxId', sandboxId);
      checkOptionalString(about, 'path', path);
    },
  },
  'tools.list': { scope: 'mcp:call', mutates: false, check: () => undefined },
  'tools.call': {
    scope: 'mcp:call',
    mutates: true,
    check: (about, { name, arguments: toolArguments }) => {
      checkNonEmptyString(about, 'name', name);
      if (toolArguments !== undefined) checkObject(about, 'arguments', toolArguments);
    },
  },
};
