import type { DuvoAnswer, Gate, GateAnswer, GateQuestion } from '../../contract/gates';

const MAX_NAME_CHARS = 1_000;
const MAX_COMMENT_CHARS = 10_000;
/** Duvo gives no limit; Temporal's payloads end at 2 MB, and a delivery must fit into one. In characters. */
const MAX_ANSWERS_CHARS = 500_000;

/** What is wrong with an answer whatever its gate is like; `undefined` when nothing is. Never repeats its text. */
export function findAnswerFormatProblem(answer: unknown): string | undefined {
  if (typeof answer !== 'object' || answer === null)
    return 'an answer must be an object {gateId, approved | answers, by}';
  const { gateId, approved, answers, by, comment } = answer as Record<string, unknown>;
  if (typeof gateId !== 'string' || gateId === '') return 'gateId is missing: give the id of the gate';
  if (typeof by !== 'string' || by.trim() === '') return 'by is missing: say who answers';
  if (by.length > MAX_NAME_CHARS) return `by is longer than ${MAX_NAME_CHARS} characters`;
  if (comment !== undefined && comment !== null && typeof comment !== 'string') return 'comment must be a string';
  if (typeof comment === 'string' && comment.length > MAX_COMMENT_CHARS)
    return `comment is longer than ${MAX_COMMENT_CHARS} characters`;
  const hasApproved = approved !== undefined && approved !== null;
  const hasAnswers = answers !== undefined && answers !== null;
  if (hasApproved === hasAnswers) return 'give either approved (for an approval) or answers (for questions)';
  if (hasApproved && typeof approved !== 'boolean') return 'approved must be true or false';
  if (hasAnswers && (typeof answers !== 'object' || Array.isArray(answers)))
    return 'answers must be an object, by the text of the question';
  if (hasAnswers && JSON.stringify(answers).length > MAX_ANSWERS_CHARS)
    return `answers are longer than ${MAX_ANSWERS_CHARS} characters`;
  return undefined;
}

/** What is wrong with a well-formed answer to this gate; `undefined` when it fits. */
export function findAnswerMismatch(gate: Gate, answer: GateAnswer): string | undefined {
  if (gate.type === 'approval') {
    return typeof answer.approved === 'boolean' ? undefined : 'this gate is an approval: give approved, true or false';
  }
  if (!answer.answers) return 'this gate asks questions: give answers, by the text of each question';
  const questions = gate.questions ?? [];
  const texts = questions.map(({ question }) => question);
  // Duvo takes answers by the question's text, so it cannot tell two questions of the same text apart.
  if (new Set(texts).size < texts.length)
    return 'two questions have the same text, which Duvo cannot carry: answer it in Duvo';
  if (Object.keys(answer.answers).some((text) => !texts.includes(text)))
    return 'answers holds a question that this gate does not ask';
  for (const [index, question] of questions.entries()) {
    const given = Object.hasOwn(answer.answers, question.question) ? answer.answers[question.question] : undefined;
    const problem = findQuestionMismatch(question, given, gate.source);
    if (problem) return `question ${index + 1}: ${problem}`;
  }
  return undefined;
}

function findQuestionMismatch(
  { options, multiSelect }: GateQuestion,
  given: unknown,
  source: Gate['source'],
): string | undefined {
  const list: unknown[] = Array.isArray(given) ? given : given === undefined || given === null ? [] : [given];
  if (list.some((one) => typeof one !== 'string')) return 'an answer must be a string, or a list of strings';
  const chosen = list as string[];
  if (chosen.length === 0 || chosen.some((one) => one.trim() === '')) return 'is not answered';
  if (!multiSelect && chosen.length > 1) return 'takes one answer';
  if (new Set(chosen).size < chosen.length) return 'the same answer is given twice';
  const labels = options?.map(({ label }) => label) ?? [];
  if (labels.length > 0 && chosen.some((one) => !labels.includes(one))) return 'the answer is not one of its options';
  // In Duvo a comma separates the answers to a multi-select, so none can hold one.
  if (source === 'duvo' && multiSelect && chosen.some((one) => one.includes(',')))
    return 'an answer holds a comma, which Duvo cannot carry in a multi-select: answer it in Duvo';
  return undefined;
}

export function toDuvoAnswer(answer: Pick<GateAnswer, 'approved' | 'answers'>): DuvoAnswer {
  if (answer.answers) {
    const joined = Object.entries(answer.answers).map(
      ([text, given]) => [text, Array.isArray(given) ? given.join(',') : given] as const,
    );
    return { answers: Object.fromEntries(joined) };
  }
  return { approved: answer.approved === true };
}
