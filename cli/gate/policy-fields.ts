import type { Gate, GateEscalation, GateSummary } from '../../client';
import type { Column } from '../terminal/table';
import { toOneLine } from '../terminal/text';

/** Returns what `gate show` prints of the policy of a gate, and of the verdicts so far. */
export function policyFields({ policy, needed, approvals, decisions = [] }: Gate): Record<string, string | undefined> {
  const { approvers, exclude, starter, quorum, denial, admins, reminders, escalation } = policy ?? {};
  const excluded = exclude?.map((name) => (name === 'starter' && starter ? `starter (${starter})` : name));
  const groups =
    typeof quorum === 'object' ? Object.entries(quorum).map(([group, count]) => `${count} of ${group}`) : [];
  return {
    approvers: approvers && toOneLine(approvers.join(', ')),
    admins: admins && toOneLine(admins.join(', ')),
    excluded: excluded && toOneLine(excluded.join(', ')),
    approvals: needed === undefined ? undefined : `${approvals} of ${needed}`,
    quorum: groups.length > 0 ? toOneLine(groups.join(', ')) : undefined,
    denial: denial === 'majority' ? 'by majority' : undefined,
    reminders: reminders
      ?.map(({ before, every }) => (before ? `${formatDuration(before)} before due` : `every ${formatDuration(every)}`))
      .join(', '),
    escalation: escalation && toOneLine(escalation.map(formatStep).join('; ')),
    decisions: decisions
      .map(({ by, group, approved, at, comment }) =>
        toOneLine(
          `${approved ? 'approved' : 'denied'} by ${by}${group ? ` (${group})` : ''} at ${at}${comment ? `: ${comment}` : ''}`,
        ),
      )
      .join('\n'),
  };
}

/** Returns the columns of the people and approvals of gates; none when no gate has a policy. */
export function peopleColumns(gates: GateSummary[]): Column<GateSummary>[] {
  const approvals: Column<GateSummary> = {
    head: 'approvals',
    value: ({ approvals: count, needed }) => (needed === undefined ? undefined : `${count} of ${needed}`),
    rank: 2,
  };
  const approvers: Column<GateSummary> = {
    head: 'approvers',
    value: ({ approvers: names }) => names?.join(', '),
    rank: 5,
  };
  return [
    ...(gates.some(({ needed }) => needed !== undefined) ? [approvals] : []),
    ...(gates.some(({ approvers: names }) => names) ? [approvers] : []),
  ];
}

function formatStep({ after, to, mode = 'add', then }: GateEscalation): string {
  return `after ${formatDuration(after)}: ${to ? `${mode} ${to.join(', ')}` : then}`;
}

function formatDuration(duration: string | number = ''): string {
  return typeof duration === 'number' ? `${duration} ms` : duration;
}
