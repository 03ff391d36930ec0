import type { Gate, GateAnswer } from '../../client';
import { UsageError } from '../exit-codes';
import type { Output } from './output';
import { toOneLine } from './text';

/** Prompts go to stderr, because stdout must hold only results. */
const TO_STDERR = { output: process.stderr };

/** Asks the person at the terminal for the answer to a gate. */
export async function promptForAnswer(gate: Gate): Promise<Pick<GateAnswer, 'approved' | 'answers'>> {
  const { checkbox, confirm, input, select } = await import('@inquirer/prompts');
  if (gate.type === 'approval') {
    const message = toOneLine(gate.description ? `${gate.title} (${gate.description})` : gate.title);
    return { approved: await confirm({ message, default: false }, TO_STDERR) };
  }
  if (gate.type === 'unknown')
    throw new UsageError('gate: this version does not know this kind of request: answer it in Duvo');
  const answers: Record<string, string | string[]> = {};
  for (const { question, options = [], multiSelect } of gate.questions ?? []) {
    const message = toOneLine(question);
    const choices = options.map(({ label, description }) => ({
      value: label,
      name: toOneLine(label),
      ...(description && { description: toOneLine(description) }),
    }));
    if (choices.length === 0) answers[question] = await input({ message, required: true }, TO_STDERR);
    else if (multiSelect) answers[question] = await checkbox({ message, choices, required: true }, TO_STDERR);
    else answers[question] = await select({ message, choices }, TO_STDERR);
  }
  return { answers };
}

/**
 * Asks the person at the terminal to confirm a change. Returns true without a prompt when `--yes` is given.
 * @throws UsageError when no prompt is possible (no terminal, or `--json`)
 */
export async function isConfirmed(
  message: string,
  { yes, json }: { yes?: boolean; json?: boolean },
  output: Output,
): Promise<boolean> {
  if (yes) return true;
  if (json || !output.isInteractive)
    throw new UsageError('give --yes: without a terminal, and with --json, nobody is asked to confirm');
  const { confirm } = await import('@inquirer/prompts');
  return confirm({ message: toOneLine(message), default: false }, TO_STDERR);
}
