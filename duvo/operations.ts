import {
  checkAnswer,
  checkCases,
  checkId,
  checkObject,
  checkOptionalText,
  checkText,
  checkUrl,
  checkWhole,
} from './check';
import { MAX_AGENT_PAGE, MAX_CASE_PAGE, MAX_MESSAGE_PAGE, MAX_QUEUE_PAGE, MAX_RUN_PAGE } from './http/limits';
import type {
  Agent,
  AgentPage,
  AgentSchedule,
  CallToolInput,
  CasePage,
  CaseRun,
  Case,
  CaseView,
  CreateAgentInput,
  CreateCasesInput,
  CreatedAgent,
  HumanAnswer,
  ListCasesQuery,
  ListMessagesQuery,
  ListRunsQuery,
  Message,
  MessagePage,
  PageQuery,
  PostMessageInput,
  Queue,
  QueuePage,
  RespondResult,
  RunPage,
  RunView,
  Sandbox,
  SandboxFile,
  StartRunInput,
  StopResult,
  Tool,
  ToolResult,
  UploadedFile,
  UploadFileInput,
  UploadUrl,
} from './model';
import type { About } from './operation';

/** What each operation takes, and what it gives. */
export interface Operations {
  'agents.create': { input: CreateAgentInput; output: CreatedAgent };
  'agents.get': { input: { agentId: string }; output: Agent };
  'agents.list': { input: PageQuery; output: AgentPage };
  'agents.schedules': { input: { agentId: string }; output: AgentSchedule[] };
  'runs.start': { input: StartRunInput; output: RunView };
  'runs.get': { input: { runId: string }; output: RunView };
  'runs.list': { input: ListRunsQuery; output: RunPage };
  'runs.messages': { input: ListMessagesQuery & { runId: string }; output: MessagePage };
  'runs.postMessage': { input: PostMessageInput; output: Message };
  'runs.respond': { input: { runId: string; requestId: string; answer: HumanAnswer }; output: RespondResult };
  'runs.stop': { input: { runId: string }; output: StopResult };
  'queues.get': { input: { queueId: string }; output: Queue };
  'queues.list': { input: PageQuery; output: QueuePage };
  'cases.create': { input: CreateCasesInput; output: Case[] };
  'cases.get': { input: { caseId: string }; output: CaseView };
  'cases.list': { input: ListCasesQuery; output: CasePage };
  'cases.runs': { input: { caseId: string }; output: CaseRun[] };
  'sandboxes.create': { input: Record<string, never>; output: Sandbox };
  'sandboxes.createUploadUrl': { input: { sandboxId: string; path: string }; output: UploadUrl };
  'sandboxes.uploadFile': { input: UploadFileInput; output: UploadedFile };
  'sandboxes.files': { input: { sandboxId: string; path?: string }; output: SandboxFile[] };
  'tools.list': { input: Record<string, never>; output: Tool[] };
  'tools.call': { input: CallToolInput; output: ToolResult };
}

export type OperationName = keyof Operations;
export type Input<N extends OperationName> = Operations[N]['input'];
export type Output<N extends OperationName> = Operations[N]['output'];

/** What holds of an operation in every dialect. */
interface Facts<N extends OperationName> {
  /** The OAuth scope that it needs. */
  scope: string;
  /** Changes something: carries an idempotency key. */
  mutates: boolean;
  /** Checks the input, for callers without types. @throws DuvoInputError: nothing was sent */
  check: (about: About, input: Input<N>) => void;
}

const ids =
  (...names: string[]) =>
  (about: About, input: object) => {
    for (const name of names) checkId(about, name, (input as Record<string, unknown>)[name]);
  };

const page =
  (max: number) =>
  (about: About, { limit, offset }: PageQuery) => {
    checkWhole(about, 'limit', limit, { min: 1, max });
    checkWhole(about, 'offset', offset, { min: 0 });
  };

/** Every operation of the API. The dialects say how each is spelled on the wire, or leave it out. */
export const OPERATIONS: { readonly [N in OperationName]: Facts<N> } = {
  'agents.create': {
    scope: 'runs:write',
    mutates: true,
    check: (about, { name, sourceBuildId, build }) => {
      checkText(about, 'name', name);
      if (sourceBuildId !== undefined) checkId(about, 'sourceBuildId', sourceBuildId);
      if (build !== undefined) checkObject(about, 'build', build);
    },
  },
  'agents.get': { scope: 'runs:read', mutates: false, check: ids('agentId') },
  'agents.list': { scope: 'runs:read', mutates: false, check: page(MAX_AGENT_PAGE) },
  'agents.schedules': { scope: 'runs:read', mutates: false, check: ids('agentId') },
  'runs.start': {
    scope: 'runs:write',
    mutates: true,
    check: (about, { agentId, message, sandboxId, webhookUrl }) => {
      checkId(about, 'agentId', agentId);
      checkOptionalText(about, 'message', message);
      if (sandboxId !== undefined) checkId(about, 'sandboxId', sandboxId);
      checkUrl(about, 'webhookUrl', webhookUrl);
    },
  },
  'runs.get': { scope: 'runs:read', mutates: false, check: ids('runId') },
  'runs.list': {
    scope: 'runs:read',
    mutates: false,
    check: (about, query) => {
      page(MAX_RUN_PAGE)(about, query);
      for (const name of ['status', 'agentId', 'since', 'search', 'source'] as const)
        checkOptionalText(about, name, query[name]);
    },
  },
  'runs.messages': {
    scope: 'runs:read',
    mutates: false,
    check: (about, input) => {
      checkId(about, 'runId', input.runId);
      page(MAX_MESSAGE_PAGE)(about, input);
    },
  },
  'runs.postMessage': {
    scope: 'runs:write',
    mutates: true,
    check: (about, { runId, text }) => {
      checkId(about, 'runId', runId);
      checkText(about, 'text', text);
    },
  },
  'runs.respond': {
    scope: 'approvals:write',
    mutates: true,
    check: (about, { runId, requestId, answer }) => {
      checkId(about, 'runId', runId);
      checkId(about, 'requestId', requestId);
      checkAnswer(about, answer);
    },
  },
  'runs.stop': { scope: 'runs:write', mutates: true, check: ids('runId') },
  'queues.get': { scope: 'queues:write', mutates: false, check: ids('queueId') },
  'queues.list': { scope: 'queues:write', mutates: false, check: page(MAX_QUEUE_PAGE) },
  'cases.create': {
    scope: 'queues:write',
    mutates: true,
    check: (about, { queueId, cases }) => {
      checkId(about, 'queueId', queueId);
      checkCases(about, cases);
    },
  },
  'cases.get': { scope: 'queues:write', mutates: false, check: ids('caseId') },
  'cases.list': {
    scope: 'queues:write',
    mutates: false,
    check: (about, query) => {
      checkId(about, 'queueId', query.queueId);
      page(MAX_CASE_PAGE)(about, query);
      for (const name of ['status', 'priority', 'search', 'createdFrom', 'updatedFrom'] as const)
        checkOptionalText(about, name, query[name]);
    },
  },
  'cases.runs': { scope: 'queues:write', mutates: false, check: ids('caseId') },
  'sandboxes.create': { scope: 'sandboxes:write', mutates: true, check: () => undefined },
  'sandboxes.createUploadUrl': {
    scope: 'sandboxes:write',
    mutates: true,
    check: (about, { sandboxId, path }) => {
      checkId(about, 'sandboxId', sandboxId);
      checkText(about, 'path', path);
    },
  },
  'sandboxes.uploadFile': {
    scope: 'sandboxes:write',
    mutates: true,
    check: (about, { sandboxId, file, path }) => {
      checkId(about, 'sandboxId', sandboxId);
      checkText(about, 'file', file);
      if (path !== undefined) checkText(about, 'path', path);
    },
  },
  'sandboxes.files': {
    scope: 'files:read',
    mutates: false,
    check: (about, { sandboxId, path }) => {
      checkId(about, 'sandboxId', sandboxId);
      checkOptionalText(about, 'path', path);
    },
  },
  'tools.list': { scope: 'mcp:call', mutates: false, check: () => undefined },
  'tools.call': {
    scope: 'mcp:call',
    mutates: true,
    check: (about, { name, arguments: given }) => {
      checkText(about, 'name', name);
      if (given !== undefined) checkObject(about, 'arguments', given);
    },
  },
};
