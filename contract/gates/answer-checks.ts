import type { Gate, GateAnswer, GateQuestion } from './gates';

export const STALE_REASON =
  'the gate has another request than the one that was answered: read the gate again, and answer what it asks';

/** Returns why a well-formed answer does not fit a gate, or `undefined` when the answer fits. */
export function findAnswerMismatch(gate: Gate, answer: GateAnswer): string | undefined {
  if (gate.type === 'unknown') return 'this version cannot represent this request: answer it in Duvo';
  if (gate.type === 'approval') {
    return typeof answer.approved === 'boolean' ? undefined : 'this gate is an approval: give approved, true or false';
  }
  if (!answer.answers) return 'this gate asks questions: give answers, by the text of each question';
  const questions = gate.questions ?? [];
  const texts = questions.map(({ question }) => question);
  // Duvo identifies an answer by the text of its question, so it cannot distinguish two questions with the same text.
  if (new Set(texts).size < texts.length)
    return 'two questions have the same text, which Duvo cannot distinguish: answer them in Duvo';
  if (Object.keys(answer.answers).some((text) => !texts.includes(text)))
    return 'answers has a question that this gate does not ask';
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
  if (!multiSelect && chosen.length > 1) return 'accepts only one answer';
  if (new Set(chosen).size < chosen.length) return 'the same answer is given twice';
  const labels = options?.map(({ label }) => label) ?? [];
  if (labels.length > 0 && chosen.some((one) => !labels.includes(one))) return 'the answer is not one of its options';
  // In Duvo a comma separates the answers to a multi-select.
  if (source === 'duvo' && multiSelect && chosen.some((one) => one.includes(',')))
    return 'an answer has a comma, which Duvo cannot represent in a multi-select: answer it in Duvo';
  return undefined;
}
