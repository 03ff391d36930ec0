export interface Message {
  id: string;
  type?: string;
  /** `user`, `assistant`, `tool`, … */
  role?: string;
  timestamp?: string;
  text?: string;
  /** A tool call of the agent. */
  toolCall?: { id: string; name: string; arguments?: unknown };
  /** The result of a tool call. */
  toolResult?: { toolCallId: string; result?: unknown; error?: string };
  /**
   * Wire fields that this model does not know (for example files, approvals and audit events), by their wire names. A tool
   * call or result with unknown fields is here in full.
   */
  unknownFields: Record<string, unknown>;
}

/** One page of messages, the oldest first. */
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

export interface PostMessageInput {
  runId: string;
  text: string;
}
