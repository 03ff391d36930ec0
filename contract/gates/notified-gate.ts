/** What the workflow gives to the activities that send the messages of a gate. */
import { cutText } from '../text/cut-text';
import type { GateEvent } from './gate-events';
import { peopleOf } from './gate-summary';
import type { Gate, GateOutcome } from './gates';

/** An open gate as a message shows it. Its texts are those of people and agents: a channel must escape them. */
export type NotifiedGate = Pick<
  Gate,
  'gateId' | 'ref' | 'source' | 'type' | 'title' | 'description' | 'openedAt' | 'due'
> & {
  workflowId: string;
  /** Who may answer; absent when anybody may. At most 20 names. */
  approvers?: string[];
};

/** Input of the activity `notifyGate`. */
export interface NotifyGateInput {
  channel: string;
  /** The id of the message. All attempts have the same one. */
  id: string;
  gate: NotifiedGate;
}

/** Input of the activity `followUpGate`. */
export interface FollowUpGateInput extends NotifyGateInput {
  /** The message about the opening. */
  opened: { id: string; data?: unknown };
  /** What happened to the gate. */
  event: GateEvent;
}

/** How a gate was closed. */
export interface GateClosing {
  outcome: GateOutcome;
  /** The person who answered; absent when no person decided. */
  by?: string;
  /** ISO 8601. */
  at: string;
}

/** Input of the activity `settleMessage`. */
export interface SettleMessageInput extends NotifyGateInput {
  /** What the channel returned for the message. */
  data?: unknown;
  closing: GateClosing;
}

/** Input of the workflow `settleNotifications`. */
export interface SettleNotificationsInput {
  gate: NotifiedGate;
  closing: GateClosing;
  messages: MessageToSettle[];
}

export interface MessageToSettle {
  channel: string;
  id: string;
  data?: unknown;
  /** Whether it is not known if the channel has the message, or its last follow-up. */
  isUncertain?: boolean;
}

const MAX_TITLE_CHARS = 500;
const MAX_DESCRIPTION_CHARS = 1_000;
const MAX_APPROVERS = 20;

export function toNotifiedGate(workflowId: string, gate: Gate): NotifiedGate {
  const { gateId, ref, source, type, title, description, openedAt, due } = gate;
  const { approvers } = peopleOf(gate);
  return {
    gateId,
    ref,
    workflowId,
    source,
    type,
    title: cutText(title, MAX_TITLE_CHARS, '…'),
    ...(description && { description: cutText(description, MAX_DESCRIPTION_CHARS, '…') }),
    openedAt,
    ...(due && { due }),
    ...(approvers && { approvers: approvers.slice(0, MAX_APPROVERS) }),
  };
}

export function toGateClosing({ outcome = 'withdrawn', by, at = '' }: Gate): GateClosing {
  return { outcome, ...(by !== undefined && { by }), at };
}
