/** The policy of a gate: who may answer, how many must approve, and what happens when time is up. */
import type { Duration } from '../durations';
import { type BusinessCalendar, businessCalendar } from './times/calendar';
import { dueTime, isBusinessDue } from './times/due-times';
import { escalation, type GateEscalation, type GateReminder, reminders } from './times/gate-clock';
import { type Check, failInvalidInput, integer, listOf, nonEmptyString, oneOf, upToBytes } from '../input-checks';
import { channelNames } from './notifications';

/**
 * The action when nobody has answered a gate by its due time: `hold` keeps waiting; `deny` and `approve` answer an
 * approval (a question cannot be answered this way: its gate fails); `fail` stops the run and fails with
 * `Duvo.GateTimedOut`.
 */
export type GateTimeoutAction = 'hold' | 'deny' | 'approve' | 'fail';

/** The word in `exclude` for the person who started the workflow. */
export const STARTER = 'starter';

export interface GatePolicy {
  /**
   * People and groups who may answer, as the identity provider names them. Names are compared exactly, with case and
   * whitespace. @default anybody; with `quorum` by group, the people of these groups
   */
  approvers?: string[];
  /** People who may not answer. `'starter'` is the person who started the workflow (`startedBy`). @default nobody */
  exclude?: string[];
  /**
   * Number of different people who must approve, or a number for each group. A person counts for one group only. An
   * approval only: a question has one answer. @default 1
   */
  quorum?: number | Record<string, number>;
  /**
   * `first`: one denial denies the gate. `majority`: each entry of `approvers` has one vote, and the gate is denied when
   * fewer than `quorum` votes can still approve. An approval only. @default 'first'
   */
  denial?: 'first' | 'majority';
  /**
   * People and groups who may change the gate: reassign it, move its due time, withdraw it. Without it, everybody may who
   * can send updates to the workflow. @default everybody
   */
  admins?: string[];
  /**
   * When the gate is due: a time from its opening, such as `8h`; a time in ISO 8601 with its offset; or a business duration of
   * `calendar`, such as `2 business days`, `6 business hours` or `90 business minutes`. @default none
   */
  due?: Duration;
  /** The calendar of business durations. */
  calendar?: BusinessCalendar;
  /** @default 'hold' */
  onTimeout?: GateTimeoutAction;
  /** When those who have not answered are reminded. @default never */
  reminders?: GateReminder[];
  /** Who may answer after some time without a decision, and what happens at last. @default nobody else */
  escalation?: GateEscalation[];
  /** Names of the workers' channels that report the gate to people, at most 10. @default none */
  notify?: string[];
}

/** Who may answer a gate and how many must approve, as recorded at the opening of the gate. */
export interface RecordedPolicy extends Pick<
  GatePolicy,
  'approvers' | 'exclude' | 'quorum' | 'denial' | 'admins' | 'reminders' | 'escalation'
> {
  /** The person who started the workflow, when `exclude` has `'starter'`. */
  starter?: string;
}

/** One person's verdict on an approval with a policy. */
export interface GateDecision {
  by: string;
  approved: boolean;
  /** When the answer was counted, ISO 8601. */
  at: string;
  via?: string;
  comment?: string;
  /** The group that the person counts for. */
  group?: string;
}

/** Limits of a policy. The workflow keeps the policy of each gate, and carries it through continue-as-new. */
const MAX_APPROVERS = 100;
export const MAX_PERSON_BYTES = 200;
const MAX_NAMES_BYTES = 10_000;
export const MAX_QUORUM = 100;
const MAX_QUORUM_GROUPS = 20;

const name = upToBytes(nonEmptyString, MAX_PERSON_BYTES);

const names: Check = (value, field) => {
  listOf(name, 'names')(value, field);
  const list = value as string[];
  if (list.length > MAX_APPROVERS)
    failInvalidInput(field, `has ${list.length} entries; the limit is ${MAX_APPROVERS}: use groups`);
  upToBytes(() => undefined, MAX_NAMES_BYTES)(value, field);
  list.forEach((entry, index) => {
    if (list.indexOf(entry) < index) failInvalidInput(`${field}[${index}]`, 'is there twice: give each name once');
  });
};

const someNames =
  (unrestricted: string): Check =>
  (value, field) => {
    names(value, field);
    if ((value as string[]).length === 0)
      failInvalidInput(field, `is empty: leave it out when ${unrestricted}, or name people and groups`);
  };

const approvers = someNames('anybody may answer');

const quorum: Check = (value, field) => {
  if (typeof value === 'number') return integer(1, MAX_QUORUM)(value, field);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return failInvalidInput(field, 'must be a whole number, or an object such as {legal: 1, finance: 1}');
  const entries = Object.entries(value);
  if (entries.length === 0 || entries.length > MAX_QUORUM_GROUPS)
    failInvalidInput(field, `has ${entries.length} groups: give 1 to ${MAX_QUORUM_GROUPS}`);
  for (const [group, count] of entries) {
    name(group, `${field} (a group's name)`);
    integer(1, MAX_QUORUM)(count, `${field}.${group}`);
  }
  if (quorumSize(value as Record<string, number>) > MAX_QUORUM)
    failInvalidInput(field, `needs more than ${MAX_QUORUM} people: give less`);
};

const peopleFields = { approvers, exclude: names, admins: someNames('everybody may change the gate') };

const escalationNames: Check = (value, field) => {
  names(value, field);
  if ((value as string[]).length === 0) failInvalidInput(field, 'is empty: name people and groups');
};

/** The fields of a policy for questions, which have one answer and so no quorum. */
export const questionPolicyFields: Record<string, Check> = {
  ...peopleFields,
  due: dueTime,
  calendar: businessCalendar,
  reminders,
  escalation: escalation(escalationNames, 'hold', 'fail'),
  onTimeout: oneOf('hold', 'fail'),
  notify: channelNames,
};

export const gatePolicyFields: Record<string, Check> = {
  ...peopleFields,
  quorum,
  denial: oneOf('first', 'majority'),
  due: dueTime,
  calendar: businessCalendar,
  reminders,
  escalation: escalation(escalationNames, 'hold', 'deny', 'approve', 'fail'),
  onTimeout: oneOf('hold', 'deny', 'approve', 'fail'),
  notify: channelNames,
};

/** Returns the number of people who must approve. */
export function quorumSize(value: GatePolicy['quorum']): number {
  if (typeof value === 'object') return Object.values(value).reduce((sum, count) => sum + count, 0);
  return value ?? 1;
}

/**
 * Checks the fields of a policy against one another.
 *
 * @param path what precedes the name of a field in an error message, such as `gate.`
 * @throws ApplicationFailure `Duvo.InvalidInput`
 */
export function checkPolicyCombinations(policy: GatePolicy, path = ''): void {
  const { approvers: entries, exclude, quorum: needed, denial, due, calendar, onTimeout } = policy;
  if (onTimeout && onTimeout !== 'hold' && !due)
    failInvalidInput(`${path}due`, `is missing: onTimeout '${onTimeout}' needs a time limit, such as 8h`);
  checkClock(policy, path);
  if (due && isBusinessDue(due) && !calendar)
    failInvalidInput(
      `${path}calendar`,
      `is missing: a business duration needs one, such as {timeZone: 'Europe/Berlin'}`,
    );
  if (denial !== 'majority') return;
  if (typeof needed === 'object')
    failInvalidInput(`${path}quorum`, "must be a number with denial 'majority': each entry of approvers has one vote");
  if (!entries) failInvalidInput(`${path}approvers`, "is missing: with denial 'majority', each entry has one vote");
  checkVotesSuffice({ approvers: entries, exclude, quorum: needed, denial }, path);
}

function checkClock(
  { approvers: entries, quorum: needed, due, reminders: list, escalation: steps }: GatePolicy,
  path: string,
) {
  const reminder = list?.findIndex(({ before }) => before) ?? -1;
  if (reminder >= 0 && !due)
    failInvalidInput(`${path}due`, `is missing: reminders[${reminder}].before is a time before the gate is due`);
  const step = steps?.findIndex(({ to }) => to) ?? -1;
  if (step < 0) return;
  if (typeof needed === 'object')
    failInvalidInput(`${path}escalation[${step}].to`, 'has no place in a quorum by group: give quorum a number');
  if (!entries && steps?.[step]?.mode !== 'replace')
    failInvalidInput(`${path}approvers`, `is missing: anybody may answer, so escalation[${step}].to cannot be added`);
}

/** Checks that a majority can reach the quorum. @throws ApplicationFailure `Duvo.InvalidInput` */
export function checkVotesSuffice(policy: RecordedPolicy, path = ''): void {
  if (policy.denial !== 'majority') return;
  const votes = votingEntries(policy).length;
  const needed = quorumSize(policy.quorum);
  if (votes < needed)
    failInvalidInput(
      `${path}approvers`,
      `has ${votes} votes, fewer than the quorum of ${needed}: name more people or groups`,
    );
}

/** Returns the entries of `approvers` without the people who may not answer. */
export function votingEntries({ approvers = [], exclude = [], starter }: RecordedPolicy): string[] {
  return approvers.filter((entry) => !exclude.includes(entry) && entry !== starter);
}

/** Returns who may answer and how many must approve; `undefined` when anybody may answer and one approval decides. */
export function toRecordedPolicy(given: GatePolicy): RecordedPolicy | undefined {
  const { approvers, exclude, quorum, denial, admins, reminders, escalation } = given;
  const policy: RecordedPolicy = {
    ...(approvers && { approvers }),
    ...(exclude?.length && { exclude }),
    ...(quorum && { quorum }),
    ...(denial && { denial }),
    ...(admins && { admins }),
    ...(reminders && { reminders }),
    ...(escalation && { escalation }),
  };
  return Object.keys(policy).length > 0 ? policy : undefined;
}
