/** What happens at an open gate while people do not answer: reminders, and the steps of an escalation. */
import { type Duration, parseDurationMs } from '../../durations';
import { type Check, failInvalidInput, object, oneOf, positiveDuration, upToBytes } from '../../input-checks';

/** Exactly one of the two. */
export interface GateReminder {
  /** This long before the gate is due. A reminder whose time has passed comes at once. */
  before?: Duration;
  /** Again and again, from the opening of the gate; at least a minute, and at most 500 times. */
  every?: Duration;
}

/** One step of an escalation: other approvers (`to`), or the end of the wait (`then`, the last step only). */
export interface GateEscalation {
  /** Time from the opening of the gate; longer than that of the step before. */
  after: Duration;
  /** People and groups. */
  to?: string[];
  /** Whether `to` is added to the approvers, or replaces them. @default 'add' */
  mode?: 'add' | 'replace';
  /** As `onTimeout`. */
  then?: 'hold' | 'deny' | 'approve' | 'fail';
}

/** Number of reminders after which `every` ends. Each reminder is an event of the workflow's history. */
export const MAX_REMINDERS = 500;

const MIN_EVERY_MS = 60_000;
const MAX_ENTRIES = 10;
const MAX_ESCALATION_BYTES = 10_000;

export const reminders: Check = (value, field) => {
  forEachEntry(value, field, "must be a list such as [{before: '1h'}, {every: '4h'}]", (entry, at) => {
    object({ before: positiveDuration, every: positiveDuration })(entry, at);
    const { before, every } = entry as GateReminder;
    if (isGiven(before) === isGiven(every)) failInvalidInput(at, 'must have either before or every');
    if (isGiven(every) && (parseDurationMs(every) ?? 0) < MIN_EVERY_MS)
      failInvalidInput(`${at}.every`, 'is shorter than a minute: give a longer time');
  });
};

/** @param names checks a list of people and groups */
export const escalation =
  (names: Check, ...actions: string[]): Check =>
  (value, field) => {
    let lastMs = 0;
    upToBytes(() => undefined, MAX_ESCALATION_BYTES)(value, field);
    forEachEntry(value, field, "must be a list such as [{after: '1d', to: ['boss']}]", (entry, at, isLast) => {
      object({ after: positiveDuration, to: names, mode: oneOf('add', 'replace'), then: oneOf(...actions) })(entry, at);
      const { after, to, mode, then } = entry as Partial<GateEscalation>;
      const afterMs = parseDurationMs(after);
      if (afterMs === undefined) return failInvalidInput(`${at}.after`, 'is missing: give the time from the opening');
      if (afterMs <= lastMs) failInvalidInput(`${at}.after`, 'is not later than the step before: give a longer time');
      lastMs = afterMs;
      if (isGiven(to) === isGiven(then)) failInvalidInput(at, 'must have either to or then');
      if (isGiven(then) && !isLast) failInvalidInput(`${at}.then`, 'is not in the last step: move it to the end');
      if (isGiven(then) && isGiven(mode)) failInvalidInput(`${at}.mode`, 'goes with to, and not with then');
    });
  };

function forEachEntry(
  value: unknown,
  field: string,
  problem: string,
  check: (entry: unknown, field: string, isLast: boolean) => void,
): void {
  if (!Array.isArray(value) || value.length === 0) return failInvalidInput(field, problem);
  if (value.length > MAX_ENTRIES)
    failInvalidInput(field, `has ${value.length} entries; the limit is ${MAX_ENTRIES}: give fewer`);
  value.forEach((entry: unknown, index) => check(entry, `${field}[${index}]`, index === value.length - 1));
}

function isGiven<T>(value: T | null | undefined): value is T {
  return value !== undefined && value !== null;
}
