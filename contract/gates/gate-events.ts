/** What happened to a gate besides its answers, for the people who read the gate. */
import { cutText, jsonBytes, takeWithinBytes } from '../text/cut-text';

export interface GateEvent {
  type: 'reassigned' | 'extended' | 'reminded' | 'escalated';
  /** ISO 8601. */
  at: string;
  /** The person who changed the gate; absent when its policy did. */
  by?: string;
  /** The person's reason, or why a step of the escalation could not be applied. A long one is cut. */
  reason?: string;
  /** The people and groups of the change, or those who were reminded. A long list is cut. */
  to?: string[];
  /** Whether `to` was added to the approvers, or has replaced them. */
  mode?: 'add' | 'replace';
  /** The new due time. */
  due?: string;
  /** What the last step of the escalation does. */
  then?: 'hold' | 'deny' | 'approve' | 'fail';
}

const MAX_REASON_CHARS = 200;
const MAX_NAMES_BYTES = 1_000;

/** Limit of the events of one gate as JSON. Continue-as-new carries them, and a list of gates has them. */
const MAX_EVENTS_BYTES = 10_000;

/** Adds an event to a gate. When the events are too large together, the oldest ones are left out. */
export function addGateEvent(gate: { events?: GateEvent[]; omittedEvents?: number }, event: GateEvent): void {
  const { reason, to } = event;
  const events = [
    ...(gate.events ?? []),
    {
      ...event,
      ...(reason && { reason: cutText(reason, MAX_REASON_CHARS, '… (the rest is in the history)') }),
      ...(to && { to: takeWithinBytes(to, MAX_NAMES_BYTES) }),
    },
  ];
  let bytes = jsonBytes(events);
  while (bytes > MAX_EVENTS_BYTES && events.length > 1) {
    bytes -= jsonBytes(events.shift());
    gate.omittedEvents = (gate.omittedEvents ?? 0) + 1;
  }
  gate.events = events;
}
