import { GateError, type Gate, type GateAnswer, type GatesClient } from '../../client';
import { commandLine, FailureTypes } from '../../contract';

/**
 * Names the flags in place of the fields in the error of an answer that does not fit its gate, and the question that the
 * person wrote: the workflow's own error has no text of a person.
 */
export async function toAnswerProblem(
  error: unknown,
  gates: GatesClient,
  ref: string,
  { answers }: Pick<GateAnswer, 'answers'>,
): Promise<unknown> {
  if (!(error instanceof GateError) || error.type !== FailureTypes.AnswerInvalid) return error;
  const gate = await gates.get(ref).catch(() => undefined);
  return gate ? new GateError(error.type, describe(error.message, gate, answers), ref) : error;
}

function describe(problem: string, gate: Gate, answers: GateAnswer['answers']): string {
  const show = commandLine('gate', 'show', gate.ref);
  if (gate.type === 'approval') return answers ? 'this gate is an approval: give --approve or --deny' : problem;
  if (gate.type !== 'question') return problem;
  if (!answers) return `this gate asks questions: give --answer 'question=answer' for each; ${show} prints them`;
  const questions = (gate.questions ?? []).map(({ question }) => question);
  const unknown = Object.keys(answers).find((question) => !questions.includes(question));
  if (unknown !== undefined) return `--answer: this gate has no question '${unknown}'; ${show} prints its questions`;
  const [, index, rest] = /^question (\d+): (.*)$/.exec(problem) ?? [];
  const question = questions[Number(index) - 1];
  return question === undefined ? problem : `--answer: '${question}' ${rest}; ${show} prints the questions`;
}
