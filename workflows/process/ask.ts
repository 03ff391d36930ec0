import type { Duration, GateQuestion } from '../../contract/run-contract';
import { type Check, object, oneOf, positive, refuse, text } from '../../contract/input-checks';
import { ask } from '../gates/process-gates';

interface AskInput {
  /** What is asked, in a line. */
  title: string;
  /** What the one who answers should know. */
  description?: string;
  /** Time until it is due; people's lists show it. @default none */
  due?: Duration;
  /** Names the gate within its workflow. @default 'p-1', 'p-2', … */
  id?: string;
}

export interface ApprovalInput extends AskInput {
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

export interface QuestionsInput extends AskInput {
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

const common = { title: text, description: text, due: positive, id: text };
const flag: Check = (value, field) => typeof value === 'boolean' || refuse(field, 'must be true or false');
const approvalInput = object({ ...common, onTimeout: oneOf('hold', 'deny', 'approve', 'fail') });
const questionsInput = object({
  ...common,
  onTimeout: oneOf('hold', 'fail'),
  questions: listOf('question', {
    question: text,
    header: text,
    multiSelect: flag,
    options: listOf('label', { label: text, description: text }),
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
  checkAsked(input, approvalInput);
  const [{ by, at = '', via, comment }, answer] = await ask({ ...input, type: 'approval' });
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
  checkAsked(input, questionsInput);
  if (!input.questions?.length) refuse('questions', 'is missing: give at least one question');
  const [{ by = '', at = '', via, comment }, answer] = await ask({ ...input, type: 'question' });
  const answers = input.questions.map(({ question, multiSelect }) => {
    const given = [answer?.answers?.[question] ?? []].flat();
    return [question, multiSelect ? given : (given[0] ?? '')] as const;
  });
  return { answers: Object.fromEntries(answers), by, at, via, ...(comment && { comment }) };
}

function checkAsked(input: AskInput & { onTimeout?: string }, check: Check): void {
  check(input, '');
  if (!input.title) refuse('title', 'is missing: say what is asked');
  if (input.onTimeout && input.onTimeout !== 'hold' && !input.due)
    refuse('due', `is missing: onTimeout '${input.onTimeout}' needs the time after which it happens`);
}

/** A list of objects, of which each has a text of its own in the field `name`. */
function listOf(name: string, fields: Record<string, Check>): Check {
  const one = object(fields);
  return (value, field) => {
    if (!Array.isArray(value)) return refuse(field, 'must be a list');
    value.forEach((entry: unknown, index) => {
      const at = `${field}[${index}]`;
      one(entry, at);
      const own = (entry as Record<string, unknown>)[name];
      if (!own) refuse(`${at}.${name}`, 'is missing');
      if (value.findIndex((other: Record<string, unknown> | null) => other?.[name] === own) < index)
        refuse(`${at}.${name}`, 'is that of another: give each its own');
    });
  };
}
