import type { Command } from 'commander';

/** Adds examples to the help of a command, each without the name of the program. */
export function addExamples(command: Command, ...examples: string[]): Command {
  return command.addHelpText('after', ['', 'Examples:', ...examples.map((one) => `  duvo-temporal ${one}`)].join('\n'));
}
