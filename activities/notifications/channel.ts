/** A channel that reports gates to people. */
import type { GateEvent } from '../../contract/gates/gate-events';
import type { GateClosing, NotifiedGate } from '../../contract/gates/notified-gate';

/** The message about an open gate. The texts in `gate` are those of people and agents: a channel must escape them. */
export interface GateMessage {
  /**
   * The id of the message. It is the same in each repetition: when a worker dies after the channel has accepted the message, the
   * message is sent once more.
   */
  id: string;
  gate: NotifiedGate;
  /** The command that answers the gate. */
  command: string;
  /** The page of the gate in the inbox; absent without an inbox. */
  link?: string;
}

/** A message that was sent, or that may have been sent, when its gate was closed before the channel had accepted it. */
export interface SentMessage<D = unknown> {
  id: string;
  /** What `send` returned. Absent when `send` returned nothing, or when its end is not known. */
  data?: D;
}

/** What happened to a gate that is still open: a reminder, an escalation, or a change by hand. */
export interface GateEventMessage extends GateMessage {
  event: GateEvent;
  /** The event in words: `was escalated to bob@example.com`. It has names of people: escape it. */
  text: string;
}

/** How a gate was closed. */
export interface ClosedGateMessage extends GateClosing {
  /** The id of the update itself. It is the same in each repetition. */
  id: string;
  gate: NotifiedGate;
  /** The outcome in words: `was approved by alice@example.com at 14:02 UTC`. It has the name of the person: escape it. */
  text: string;
  link?: string;
}

/**
 * Sends messages about gates, and updates them when the gate was closed. Both calls are retried after a failure, except
 * after an `ApplicationFailure` that is not retryable.
 */
export interface NotificationChannel<D = unknown> {
  /**
   * @returns JSON of at most 2,000 bytes that `update` needs, such as the service's own id of the message; more is dropped
   */
  send(message: GateMessage, context: ChannelContext): Promise<D | void>;
  /** Reports what happened to the open gate. Several events are one call, with the last of them. @default not reported */
  followUp?(sent: SentMessage<D>, message: GateEventMessage, context: ChannelContext): Promise<void>;
  /** Updates the message, or follows it up. */
  update(sent: SentMessage<D>, closed: ClosedGateMessage, context: ChannelContext): Promise<void>;
}

export interface ChannelContext {
  /** Aborted when the attempt has lasted 50 s, or when the gate was closed while its message is being sent. */
  signal: AbortSignal;
}

/** Why a channel has not accepted a message. The text has no address, no secret and no text of a person. */
export class ChannelError extends Error {
  override readonly name = 'ChannelError';
  /** Whether another attempt would fail in the same way. */
  readonly isFinal: boolean;
  /** The time after which the service accepts another attempt, in milliseconds. */
  readonly retryAfterMs?: number;

  constructor(message: string, { isFinal = false, retryAfterMs }: { isFinal?: boolean; retryAfterMs?: number } = {}) {
    super(message);
    this.isFinal = isFinal;
    this.retryAfterMs = retryAfterMs;
  }
}
