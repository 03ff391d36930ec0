export interface Message {
  id: string;
  type?: string;
  /** `user`, `assistant`, `tool`, … */
  role?: string;
  timestamp?: string;
  text?: string;
  /** A tool that the agent called. */
  toolCall?: { id: string; name: string; arguments?: unknown };
  /** What a tool gave back. */
  toolResult?: { toolCallId: string; result?: unknown; error?: string };
  /**
   * Fields of the wire that this model does not know (files, approvals, audit events among them), by their wire names. A
   * tool call or result that has more than the model knows is here as a whole.
   */
  unknownFields: Record<string, unknown>;
}

/** Oldest message first. */
export interface MessagePage {
  messages: Message[];
  total?: number;
  limit: number;
  offset: number;
}

export interface ListMessagesQuery {
  /** 1–50. @default 20 */
  limit?: number;
  /** @default 0 */
  offset?: number;
}

/** What is posted. */
export interface PostMessageInput {
  runId: string;
  text: string;
}
