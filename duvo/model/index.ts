/**
 * The normalised model of Duvo's resources. It is the same for every dialect of the API. Times are ISO 8601 strings, unchanged
 * from the wire. A wire field that is `null` or absent is `undefined` in the model.
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
