import type { ScenarioStep } from './scenario';

export type HumanRequestSpec = Extract<ScenarioStep, { ask: unknown }>['ask'];
export type SimulatedAnswer = { approved: boolean } | { answers: Record<string, string> };

/**
 * Checks an answer as strictly as the service: an approval needs `approved`; questions need an answer to each question, from
 * its options. @returns the field that is wrong, if there is one
 */
export function findWrongField(ask: HumanRequestSpec, answer: SimulatedAnswer): string | undefined {
  if (!['approval', 'question'].includes(ask.type)) return undefined;
  if (ask.type === 'approval') return 'approved' in answer ? undefined : 'approved';
  if (!('answers' in answer)) return 'answers';
  const questions = ask.questions ?? [];
  if (Object.keys(answer.answers).some((text) => !questions.some(({ question }) => question === text)))
    return 'answers';
  const wrongIndex = questions.findIndex(({ question, options, multi_select: multi }) => {
    const given = answer.answers[question];
    if (given === undefined || given === '') return true;
    const labels = options?.map(({ label }) => label) ?? [];
    return labels.length > 0 && !(multi ? given.split(',') : [given]).every((one) => labels.includes(one));
  });
  return wrongIndex < 0 ? undefined : `answers[${wrongIndex}]`;
}
