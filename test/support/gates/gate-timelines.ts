/** Policies with reminders and an escalation, and what must happen at a gate of such a policy that nobody answers. */
import fc from 'fast-check';
import type { GateEvent } from '../../../contract/gates/gate-events';
import type { GatePolicy } from '../../../contract/gates/gate-policy';

const MINUTE_MS = 60_000;

/** Something that happens at a gate, with its time in minutes from the opening. */
export type TimelineEntry = [minute: number, what: string];

export interface Timeline {
  events: TimelineEntry[];
  end: TimelineEntry;
}

type TimedPolicy = Required<Pick<GatePolicy, 'approvers' | 'due' | 'onTimeout' | 'reminders' | 'escalation'>>;

const minutes = (max: number) => fc.integer({ min: 1, max });
const reminder = fc.oneof(
  fc.record({ before: minutes(300).map((n) => `${n}m`) }),
  fc.record({ every: fc.integer({ min: 50, max: 400 }).map((n) => `${n}m`) }),
);
const assignment = fc.record({
  to: fc.uniqueArray(fc.constantFrom('b', 'c', 'd'), { minLength: 1 }),
  mode: fc.constantFrom('add' as const, 'replace' as const),
});
const ending = fc.record({ then: fc.constantFrom('hold' as const, 'deny' as const, 'approve' as const) });

/** Policies whose gate ends without an answer, and at whose gate no two things happen in the same minute. */
export const timedPolicies: fc.Arbitrary<TimedPolicy> = fc
  .record({
    due: minutes(1_000),
    onTimeout: fc.constantFrom('deny' as const, 'approve' as const),
    reminders: fc.array(reminder, { minLength: 1, maxLength: 3 }),
    steps: fc.array(assignment, { maxLength: 3 }),
    ending: fc.option(ending, { nil: undefined }),
    gaps: fc.array(minutes(400), { minLength: 4, maxLength: 4 }),
  })
  .map(({ due, onTimeout, reminders, steps, ending: last, gaps }) => ({
    approvers: ['a'],
    due: `${due}m`,
    onTimeout,
    reminders,
    escalation: [...steps, ...(last ? [last] : [{ then: 'deny' as const }])].map((step, index) => ({
      after: `${gaps.slice(0, index + 1).reduce((sum, gap) => sum + gap, 0)}m`,
      ...step,
    })),
  }))
  .filter((policy) => {
    const times = [...allEntries(policy), [minutesOf(policy.due), 'due'] as TimelineEntry].map(([minute]) => minute);
    return new Set(times).size === times.length && times.every((minute) => minute > 0);
  });

/** Returns what must happen, from the policy alone. */
export function timelineOf(policy: TimedPolicy): Timeline {
  const due: TimelineEntry = [minutesOf(policy.due), policy.onTimeout];
  const last = policy.escalation.at(-1);
  const stop: TimelineEntry[] =
    last?.then && last.then !== 'hold' ? [[minutesOf(last.after), last.then] as TimelineEntry] : [];
  const [end = due] = [due, ...stop].sort(byMinute);
  // The last step is an event also when it ends the wait.
  return { events: allEntries(policy).filter(([minute]) => minute <= end[0]), end };
}

/** Returns the events of a gate as entries of its timeline. */
export function toEntries(events: GateEvent[], openedAt: string): TimelineEntry[] {
  return events.map((event) => [
    Math.round((Date.parse(event.at) - Date.parse(openedAt)) / MINUTE_MS),
    describe(event),
  ]);
}

function allEntries({ due, reminders, escalation }: TimedPolicy): TimelineEntry[] {
  const entries = escalation.map((step): TimelineEntry => {
    return [minutesOf(step.after), describe({ type: 'escalated', ...step })];
  });
  for (const { before, every } of reminders) {
    if (before) entries.push([minutesOf(due) - minutesOf(before), 'reminded']);
    if (every) for (let n = 1; n * minutesOf(every) < 2_000; n++) entries.push([n * minutesOf(every), 'reminded']);
  }
  return entries.sort(byMinute);
}

function describe({ type, to, mode, then }: Pick<GateEvent, 'type' | 'to' | 'mode' | 'then'>): string {
  return type === 'reminded' ? type : `${type} ${then ?? `${mode} ${to?.join(' ')}`}`;
}

function byMinute([one]: TimelineEntry, [other]: TimelineEntry): number {
  return one - other;
}

function minutesOf(duration: string | number): number {
  return Number(String(duration).replace('m', ''));
}
