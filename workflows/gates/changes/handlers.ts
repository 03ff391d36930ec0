import { ApplicationFailure, defineUpdate, setHandler } from '@temporalio/workflow';
import type { ComputedDue } from '../../../activities';
import { rootFailure } from '../../../contract/failures';
import type { ChangeKind } from '../../../contract/gates/change-format';
import { isBusinessDue } from '../../../contract/gates/times/due-times';
import type {
  ChangeGateResult,
  GateExtension,
  GateReassignment,
  GateWithdrawal,
} from '../../../contract/gates/gate-changes';
import { Updates } from '../../../contract/names';
import type { GateBook, GateRecord } from '../gate-types';
import { applyChange, type Change, checkChange, toChangeResult } from './apply-change';

/** The updates that change a gate, of every workflow with gates. */
export const reassignGate = defineUpdate<ChangeGateResult, [GateReassignment]>(Updates.reassignGate);
export const extendGate = defineUpdate<ChangeGateResult, [GateExtension]>(Updates.extendGate);
export const withdrawGate = defineUpdate<ChangeGateResult, [GateWithdrawal]>(Updates.withdrawGate);

const UPDATES = [
  ['reassignGate', reassignGate, 'Changes who may answer a gate.'],
  ['extendGate', extendGate, 'Moves the due time of a gate.'],
  ['withdrawGate', withdrawGate, 'Closes a gate without an answer.'],
] as const;

export interface ChangeHooks {
  /** Returns why nothing can be changed any more, or `undefined`. @default changes are possible */
  findRefusal?: (kind: ChangeKind) => { type: string; reason: string } | undefined;
  /** Computes a business due time that begins now. */
  computeDue: (record: GateRecord, rule: string) => Promise<ComputedDue>;
  /** Called when a gate has changed or was closed. @default nothing is called */
  onChanged?: () => void;
}

/** Sets the handlers of the updates that change a gate. */
export function setChangeHandlers(book: GateBook, { findRefusal, computeDue, onChanged }: ChangeHooks): void {
  for (const [kind, update, description] of UPDATES) {
    const findRecord = (change: Change, now?: number): GateRecord => {
      const check = checkChange(book, kind, change, now);
      if (!check.fits) throw ApplicationFailure.nonRetryable(check.reason, check.type);
      const refusal = findRefusal?.(kind);
      if (refusal) throw ApplicationFailure.nonRetryable(refusal.reason, refusal.type);
      return check.record;
    };
    const apply = async (change: Change): Promise<ChangeGateResult> => {
      const { due } = change;
      const rule = kind === 'extendGate' && due && isBusinessDue(due) ? String(due) : undefined;
      const computed = rule === undefined ? undefined : await computeForUpdate(findRecord(change), rule);
      // The gate may have been answered meanwhile. Times are not compared here, because the clock may differ in a replay.
      const record = findRecord(change);
      const now = Date.now();
      applyChange(book, record, kind, change, now, computed);
      onChanged?.();
      return toChangeResult(record, now);
    };
    setHandler(update as typeof extendGate, apply, {
      description,
      validator: (change: Change) => void findRecord(change, Date.now()),
    });
  }

  async function computeForUpdate(record: GateRecord, rule: string): Promise<ComputedDue> {
    try {
      return await computeDue(record, rule);
    } catch (error) {
      const { message = 'the due time cannot be computed', type } = rootFailure(error);
      throw ApplicationFailure.nonRetryable(message, type);
    }
  }
}
