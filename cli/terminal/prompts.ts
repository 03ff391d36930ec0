import type { Gate, GateAnswer } from '../../client';

/** Asks the person at the terminal. */
export async function promptForAnswer(gate: Gate): Promise<Pick<GateAnswer, 'approved' | 'answers'>> {
  const { checkbox, confirm, input, select } = await import('@inquirer/prompts');
  if (gate.type === 'approval') {
    const message = gate.description ? `${gate.title} (${gate.description})` : gate.title;
    return { approved: await confirm({ message, default: false }) };
  }
  const answers: Record<string, string | string[]> = {};
  for (const { question: message, options = [], multiSelect } of gate.questions ?? []) {
    const choices = options.map(({ label, description }) => ({
      value: label,
      name: label,
      ...(description && { description }),
    }));
    if (choices.length === 0) answers[message] = await input({ message, required: true });
    else if (multiSelect) answers[message] = await checkbox({ message, choices, required: true });
    else answers[message] = await select({ message, choices });
  }
  return { answers };
}
