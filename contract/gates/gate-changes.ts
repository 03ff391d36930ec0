/** The JSON shapes of changes to a gate by hand: another approver, another due time, the end of the gate. */
import type { Duration } from '../durations';
import type { Gate } from './gates';

/** What every change names. An `admin` of the gate's policy makes it; without `admins`, everybody may. */
export interface GateChange {
  gateId: string;
  /** The person who changes the gate, as the audit shall name them. */
  by: string;
  /** The groups of the person, as the channel of the change has authenticated them. At most 200. */
  groups?: string[];
  /** Why the gate is changed. It is kept as evidence. */
  reason: string;
}

/** Payload of the update `reassignGate`. Answers that were counted before stay counted. */
export interface GateReassignment extends GateChange {
  /** People and groups. */
  approvers: string[];
  /** `replace`: only these may answer. `add`: these may answer, too. @default 'replace' */
  mode?: 'add' | 'replace';
  /**
   * Number of people who must approve, with those who have. It replaces the quorum of an approval. A quorum by group must be
   * replaced, because other approvers have no place in it. @default as before
   */
  quorum?: number;
}

/** Payload of the update `extendGate`. */
export interface GateExtension extends GateChange {
  /** The new due time: a duration from now, or a time in ISO 8601 with its offset. It may be earlier than before. */
  due: Duration;
}

/** Payload of the update `withdrawGate`, for a gate of a process. */
export type GateWithdrawal = GateChange;

/** Result of an update that changes a gate: the gate after the change. */
export type ChangeGateResult = Pick<Gate, 'gateId' | 'status' | 'outcome' | 'due'> & {
  /** When the change took effect. */
  at: string;
  /** Who may answer now; absent when anybody may. */
  approvers?: string[];
};
