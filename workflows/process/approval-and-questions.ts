import type { Duration } from '../../contract/durations';
import type { GateQuestion } from '../../contract/gates';
import {
  booleanFlag,
  type Check,
  object,
  oneOf,
  positiveDuration,
  failInvalidInput,
  nonEmptyString,
} from '../../contract/input-checks';
import { openGateAndWait } from '../gates/process-gates';

interface GateInput {
  /** What is asked, in a line. */
  title: string;
  /** What the one who answers should know. */
  description?: string;
  /** Time until it is due; people's lists show it. @default none */
  due?: Duration;
  /** Names the gate within its workflow. @default 'p-1', 'p-2', … */
  id?: string;
}

export interface ApprovalInput extends GateInput {
  /**
   * What happens when nobody has answered by then: `hold` keeps waiting; `deny` and `approve` decide, for nobody; `fail`
   * fails with `Duvo.GateTimedOut`.
   * @default 'hold'
   */
  onTimeout?: 'hold' | 'deny' | 'approve' | 'fail';
}

/** What became of an approval. `by`, `via` and `comment` are those of the person; time that was over has none. */
export interface ApprovalResult {
  approved: boolean;
  by?: string;
  at: string;
  via?: 'signal' | 'update';
  comment?: string;
  timedOut?: boolean;
}

export interface QuestionsInput extends GateInput {
  /** At least one, each with a text of its own. */
  questions: GateQuestion[];
  /** As for an approval. @default 'hold' */
  onTimeout?: 'hold' | 'fail';
}

export interface QuestionsResult {
  /** By the question's text; a list for a question with `multiSelect`. */
  answers: Record<string, string | string[]>;
  by: string;
  at: string;
  via?: 'signal' | 'update';
  comment?: string;
}

const commonFields = { title: nonEmptyString, description: nonEmptyString, due: positiveDuration, id: nonEmptyString };
const checkApprovalFields = object({ ...commonFields, onTimeout: oneOf('hold', 'deny', 'approve', 'fail') });
const checkQuestionsFields = object({
  ...commonFields,
  onTimeout: oneOf('hold', 'fail'),
  questions: listOfDistinct('question', {
    question: nonEmptyString,
    header: nonEmptyString,
    multiSelect: booleanFlag,
    options: listOfDistinct('label', { label: nonEmptyString, description: nonEmptyString }),
  }),
});

/**
 * Asks a person to approve something, in a user's own workflow: a gate of the process, which is listed and answered as
 * those of runs are. Several can be open at once. A cancel withdraws it.
 *
 * ```ts
 * const { approved, by } = await approval({ title: `Pay ${number}?`, due: '3d', onTimeout: 'deny' });
 * ```
 *
 * @throws ApplicationFailure `Duvo.InvalidInput`; `Duvo.GateTimedOut` when its time is over and `onTimeout` is `fail`
 */
export async function approval(input: ApprovalInput): Promise<ApprovalResult> {
  checkGateInput(input, checkApprovalFields);
  const [{ by, at = '', via, comment }, answer] = await openGateAndWait({ ...input, type: 'approval' });
  return answer
    ? { approved: answer.approved === true, by, at, via, ...(comment && { comment }) }
    : { approved: input.onTimeout === 'approve', at, timedOut: true };
}

/**
 * Asks a person questions; all of them are to be answered. Otherwise as {@link approval}.
 *
 * @throws ApplicationFailure `Duvo.InvalidInput`; `Duvo.GateTimedOut` when its time is over and `onTimeout` is `fail`
 */
export async function questions(input: QuestionsInput): Promise<QuestionsResult> {
  checkGateInput(input, checkQuestionsFields);
  if (!input.questions?.length) failInvalidInput('questions', 'is missing: give at least one question');
  const [{ by = '', at = '', via, comment }, answer] = await openGateAndWait({ ...input, type: 'question' });
  const answers = input.questions.map(({ question, multiSelect }) => {
    const given = [answer?.answers?.[question] ?? []].flat();
    return [question, multiSelect ? given : (given[0] ?? '')] as const;
  });
  return { answers: Object.fromEntries(answers), by, at, via, ...(comment && { comment }) };
}

function checkGateInput(input: GateInput & { onTimeout?: string }, check: Check): void {
  check(input, '');
  if (!input.title) failInvalidInput('title', 'is missing: say what is asked');
  if (input.onTimeout && input.onTimeout !== 'hold' && !input.due)
    failInvalidInput('due', `is missing: onTimeout '${input.onTimeout}' needs the time after which it happens`);
}

/** A list of objects, of which each has a text of its own in the field `name`. */
function listOfDistinct(name: string, fields: Record<string, Check>): Check {
  const one = object(fields);
  return (value, field) => {
    if (!Array.isArray(value)) return failInvalidInput(field, 'must be a list');
    value.forEach((entry: unknown, index) => {
      const at = `${field}[${index}]`;
      one(entry, at);
      const own = (entry as Record<string, unknown>)[name];
      if (!own) failInvalidInput(`${at}.${name}`, 'is missing');
      if (value.findIndex((other: Record<string, unknown> | null) => other?.[name] === own) < index)
        failInvalidInput(`${at}.${name}`, 'is that of another: give each its own');
    });
  };
}
