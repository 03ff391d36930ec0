import {
  checkPolicyCombinations,
  type GateDecision,
  type GatePolicy,
  gatePolicyFields,
  questionPolicyFields,
} from '../../contract/gates/gate-policy';
import type { Gate, GateQuestion } from '../../contract/gates/gates';
import {
  anyString,
  booleanFlag,
  type Check,
  object,
  failInvalidInput,
  nonEmptyString,
  upToBytes,
} from '../../contract/input-checks';
import { openGateAndWait } from './process-gates';

interface GateInput {
  /** The question, in one line. */
  title: string;
  /** What the person who answers should know. An empty text is no description: an agent may have written none. */
  description?: string;
  /**
   * Id of the gate, unique within its workflow. A run that continued the workflow as new may open a gate with the id again.
   * @default 'p-1', 'p-2', …, and after continue-as-new 'p-3f9a1c07-1', …
   */
  id?: string;
}

/** An approval with its policy. */
export interface ApprovalInput extends GateInput, GatePolicy {}

/**
 * The decision of an approval. `by`, `via` and `comment` belong to the answer that decided it, or to the admin who withdrew
 * it; after a timeout they are absent.
 */
export interface ApprovalResult {
  approved: boolean;
  /** `timed-out`: `onTimeout` has decided. `withdrawn`: an admin has closed the gate, and nobody has decided. */
  outcome: 'approved' | 'denied' | 'timed-out' | 'withdrawn';
  by?: string;
  at: string;
  via?: string;
  comment?: string;
  /** The verdicts of all people who answered; present when the approval has a policy of who may answer, or a quorum. */
  decisions?: GateDecision[];
}

export interface QuestionsInput
  extends
    GateInput,
    Pick<GatePolicy, 'approvers' | 'exclude' | 'admins' | 'due' | 'calendar' | 'reminders' | 'escalation' | 'notify'> {
  /** At least one question. No two questions have the same text. */
  questions: GateQuestion[];
  /** The action when nobody has answered by the due time, as for an approval. @default 'hold' */
  onTimeout?: 'hold' | 'fail';
}

export interface QuestionsResult {
  /** `withdrawn`: an admin has closed the gate, and `answers` is empty. */
  outcome: 'answered' | 'withdrawn';
  /** The answers by the text of their question. The answer to a question with `multiSelect` is a list. */
  answers: Record<string, string | string[]>;
  by: string;
  at: string;
  via?: string;
  comment?: string;
}

/** All gates of a process are listed in one memo, which has the id and the start of the title of each of them. */
const MAX_ID_BYTES = 200;
const MAX_TITLE_BYTES = 6_000;
/** Limits of a description, and of all questions together. */
const MAX_TEXT_BYTES = 200_000;

const commonFields = {
  title: upToBytes(nonEmptyString, MAX_TITLE_BYTES),
  description: upToBytes(anyString, MAX_TEXT_BYTES),
  id: upToBytes(nonEmptyString, MAX_ID_BYTES),
};
const checkApprovalFields = object({ ...commonFields, ...gatePolicyFields });
const checkQuestionsFields = object({
  ...commonFields,
  ...questionPolicyFields,
  questions: upToBytes(
    listOfDistinct('question', {
      question: nonEmptyString,
      header: nonEmptyString,
      multiSelect: booleanFlag,
      options: listOfDistinct('label', { label: nonEmptyString, description: anyString }),
    }),
    MAX_TEXT_BYTES,
  ),
});

/**
 * Requests a person's approval in a user's own workflow. It opens a gate of the process, which is listed and answered
 * like the gates of runs. Several gates can be open at the same time. A cancellation withdraws the gate.
 *
 * ```ts
 * const { approved, by } = await approval({ title: `Pay ${number}?`, due: '3d', onTimeout: 'deny' });
 * ```
 *
 * @throws ApplicationFailure `Duvo.InvalidInput`; `Duvo.GateTimedOut` when the gate is overdue and `onTimeout` is `fail`
 */
export async function approval(input: ApprovalInput): Promise<ApprovalResult> {
  checkGateInput(input, checkApprovalFields);
  const { gate, answer, onTimeout } = await openGateAndWait({ ...input, type: 'approval' });
  const outcome = gate.outcome as ApprovalResult['outcome'];
  const approved = outcome === 'approved' || (outcome === 'timed-out' && onTimeout === 'approve');
  const { decisions } = gate;
  return { approved, outcome, ...evidenceOf({ ...gate, ...answer }), ...(decisions && { decisions }) };
}

/**
 * Asks a person questions, all of which must be answered. Otherwise it works like {@link approval}.
 *
 * @throws ApplicationFailure `Duvo.InvalidInput`; `Duvo.GateTimedOut` when the gate is overdue and `onTimeout` is `fail`
 */
export async function questions(input: QuestionsInput): Promise<QuestionsResult> {
  checkGateInput(input, checkQuestionsFields);
  if (!input.questions?.length) failInvalidInput('questions', 'is missing: give at least one question');
  const { gate, answer } = await openGateAndWait({ ...input, type: 'question' });
  if (!answer) return { outcome: 'withdrawn', answers: {}, by: '', ...evidenceOf(gate) };
  const answers = input.questions.map(({ question, multiSelect }) => {
    const given = [answer?.answers?.[question] ?? []].flat();
    return [question, multiSelect ? given : (given[0] ?? '')] as const;
  });
  return { outcome: 'answered', answers: Object.fromEntries(answers), by: '', ...evidenceOf({ ...gate, ...answer }) };
}

function evidenceOf({ by, at = '', via, comment }: Pick<Gate, 'by' | 'at' | 'via' | 'comment'>) {
  return { ...(by !== undefined && { by }), at, ...(via && { via }), ...(comment && { comment }) };
}

function checkGateInput(input: GateInput & GatePolicy, check: Check): void {
  check(input, '');
  if (!input.title) failInvalidInput('title', 'is missing: give the question in one line');
  checkPolicyCombinations(input);
}

/** Checks a list of objects. No two objects may have the same text in the field `name`. */
function listOfDistinct(name: string, fields: Record<string, Check>): Check {
  const checkEntry = object(fields);
  return (value, field) => {
    if (!Array.isArray(value)) return failInvalidInput(field, 'must be a list');
    value.forEach((entry: unknown, index) => {
      const at = `${field}[${index}]`;
      checkEntry(entry, at);
      const own = (entry as Record<string, unknown>)[name];
      if (!own) failInvalidInput(`${at}.${name}`, 'is missing');
      if (value.findIndex((other: Record<string, unknown> | null) => other?.[name] === own) < index)
        failInvalidInput(`${at}.${name}`, 'is the same as another: give each its own');
    });
  };
}
