import type { Command } from 'commander';

/** Adds examples to the help of a command. The program's name is added to each example. */
export function addExamples(command: Command, ...examples: string[]): Command {
  return command.addHelpText(
    'after',
    ['', 'Examples:', ...examples.map((one) => `  npx duvo-temporal ${one}`)].join('\n'),
  );
}
