/**
 * The normalised model: what the rest of the project sees of Duvo, whichever dialect is spoken on the wire. Times are
 * ISO 8601 strings as Duvo gives them; `null` and absent optional fields of the wire are both `undefined` here.
 */
export type { Agent, AgentPage, AgentSchedule, CreateAgentInput, CreatedAgent } from './agents';
export type {
  Case,
  CaseLabel,
  CasePage,
  CasePriority,
  CaseRun,
  CaseView,
  CreateCasesInput,
  ListCasesQuery,
  NewCase,
  Queue,
  QueuePage,
} from './cases';
export type { ExtraFields, PageQuery } from './common';
export type { ListMessagesQuery, Message, MessagePage, PostMessageInput } from './messages';
export type {
  HumanAnswer,
  HumanRequest,
  HumanRequestQuestion,
  ListRunsQuery,
  RespondResult,
  Run,
  RunPage,
  RunView,
  StartRunInput,
  StopResult,
} from './runs';
export type { Sandbox, SandboxFile, UploadedFile, UploadFileInput, UploadUrl } from './sandboxes';
export type { CallToolInput, Tool, ToolResult } from './tools';
