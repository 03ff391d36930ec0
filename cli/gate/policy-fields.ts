import type { Gate } from '../../client';
import { toOneLine } from '../terminal/text';

/** Returns what `gate show` prints of the policy of a gate, and of the verdicts so far. */
export function policyFields({ policy, needed, approvals, decisions = [] }: Gate): Record<string, string | undefined> {
  const { approvers, exclude, starter, quorum, denial } = policy ?? {};
  const excluded = exclude?.map((name) => (name === 'starter' && starter ? `starter (${starter})` : name));
  const groups =
    typeof quorum === 'object' ? Object.entries(quorum).map(([group, count]) => `${count} of ${group}`) : [];
  return {
    approvers: approvers && toOneLine(approvers.join(', ')),
    excluded: excluded && toOneLine(excluded.join(', ')),
    approvals: needed === undefined ? undefined : `${approvals} of ${needed}`,
    quorum: groups.length > 0 ? toOneLine(groups.join(', ')) : undefined,
    denial: denial === 'majority' ? 'by majority' : undefined,
    decisions: decisions
      .map(({ by, group, approved, at, comment }) =>
        toOneLine(
          `${approved ? 'approved' : 'denied'} by ${by}${group ? ` (${group})` : ''} at ${at}${comment ? `: ${comment}` : ''}`,
        ),
      )
      .join('\n'),
  };
}
