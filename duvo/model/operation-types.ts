import type { Agent, AgentPage, AgentSchedule, CreateAgentInput, CreatedAgent } from './agents';
import type { Case, CasePage, CaseRun, CaseView, CreateCasesInput, ListCasesQuery, Queue, QueuePage } from './cases';
import type { PageQuery } from './common';
import type { ListMessagesQuery, Message, MessagePage, PostMessageInput } from './messages';
import type { HumanAnswer, ListRunsQuery, RespondResult, RunPage, RunView, StartRunInput, StopResult } from './runs';
import type { Sandbox, SandboxFile, UploadFileInput, UploadUrl, UploadedFile } from './sandboxes';
import type { CallToolInput, Tool, ToolResult } from './tools';

/** The input and the output of each operation. */
export interface OperationTypes {
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

export type OperationName = keyof OperationTypes;
export type OperationInput<N extends OperationName> = OperationTypes[N]['input'];
export type OperationOutput<N extends OperationName> = OperationTypes[N]['output'];

export interface CallOptions {
  /** Aborts the call and closes its socket. The call fails with a `DuvoAbortedError`. */
  signal?: AbortSignal;
}

export interface MutationOptions extends CallOptions {
  /** 1–255 printable ASCII characters, the same in every attempt of one logical request. */
  idempotencyKey: string;
}

/** Progress that a tool reports about itself. */
export interface ToolProgress {
  progress: number;
  total?: number;
  message?: string;
}

export interface ToolCallOptions extends CallOptions {
  /** Time limit of the call in milliseconds, with the handshake. The tool may stay silent until then. @default 600_000 */
  timeoutMs?: number;
  /** Called when the tool reports progress. Not every tool does. */
  onProgress?: (progress: ToolProgress) => void;
}

/** Calls one operation. An operation that changes something needs an idempotency key. @throws DuvoError */
export type Call = <N extends OperationName>(
  name: N,
  input: OperationInput<N>,
  options?: ToolCallOptions & Partial<MutationOptions>,
) => Promise<OperationOutput<N>>;
