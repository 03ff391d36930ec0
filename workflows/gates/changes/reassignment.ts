/** Other approvers for an open gate. Votes that were counted before stay counted. */
import type { GateReassignment } from '../../../contract/gates/gate-changes';
import { gatePolicyFields, type RecordedPolicy, votingEntries } from '../../../contract/gates/gate-policy';
import { countApprovals, decide, moveVotes, usedEntries, type Vote } from '../count-votes';
import type { GateRecord } from '../gate-types';
import { applyPolicy } from '../policy-answers';

export type NewApprovers = Pick<GateReassignment, 'approvers' | 'mode' | 'quorum'>;

/** Returns why a gate cannot have these approvers, or `undefined`. The text repeats no name. */
export function findReassignmentProblem(record: GateRecord, change: NewApprovers): string | undefined {
  const { policy = {}, type } = record.gate;
  const { mode = 'replace', quorum } = change;
  const isByGroup = typeof policy.quorum === 'object';
  if (quorum !== undefined && type !== 'approval') return 'quorum: a question has one answer: leave quorum out';
  if (mode === 'add' && !policy.approvers && !isByGroup)
    return "mode: anybody may answer this gate, so nobody can be added: give 'replace'";
  if (isByGroup && (mode === 'add' || quorum === undefined))
    return "quorum: the quorum of this gate names groups, in which other approvers have no place: give mode 'replace' and quorum";
  const plan = planReassignment(record, change);
  try {
    gatePolicyFields.approvers?.(plan.policy.approvers, 'approvers');
  } catch (error) {
    return (error as Error).message;
  }
  if (votingEntries(plan.policy).length === 0) return 'approvers: the policy of the gate excludes all of them';
  if (type !== 'approval' || !isDecided(plan)) return undefined;
  const { approvals, needed } = countApprovals(plan.policy, plan.votes);
  return approvals >= needed
    ? `quorum: ${approvals} people have approved, and the quorum is ${needed}: give a larger quorum`
    : 'approvers: too few votes are left for the quorum: name more people or groups';
}

/** Applies approvers for which {@link findReassignmentProblem} has found no problem. */
export function applyReassignment(record: GateRecord, change: NewApprovers): void {
  const { policy, votes } = planReassignment(record, change);
  applyPolicy(record, policy, votes);
}

function planReassignment(
  { gate: { policy = {} }, votes = [] }: GateRecord,
  { approvers, mode = 'replace', quorum }: NewApprovers,
): { policy: RecordedPolicy; votes: Vote[] } {
  // With `majority`, a vote that was given needs its entry.
  const kept = mode === 'add' ? (policy.approvers ?? []) : usedEntries(policy, votes);
  const changed = {
    ...policy,
    approvers: [...new Set([...kept, ...approvers])],
    ...(quorum !== undefined && { quorum }),
  };
  return { policy: changed, votes: moveVotes(policy, changed, votes) };
}

function isDecided({ policy, votes }: { policy: RecordedPolicy; votes: Vote[] }): boolean {
  if (decide(policy, votes) !== undefined) return true;
  return policy.denial === 'majority' && votingEntries(policy).length < (policy.quorum as number);
}
