import type { Command } from 'commander';
import { buildProgram } from './program';

/** Width of the help texts in the reference, in columns. */
const HELP_COLUMNS = 100;

/** Returns the Markdown reference of all commands, generated from their help texts. */
export function formatReference(): string {
  let printed: string[] = [];
  const capture = (text: string) => void printed.push(text);
  const program = buildProgram({ print: capture, note: capture, isInteractive: false });
  const sections: string[] = [];
  const addSection = (command: Command, path: string[], depth: number) => {
    command.configureHelp({ helpWidth: HELP_COLUMNS });
    printed = [];
    command.outputHelp();
    const help = printed.join('\n').trimEnd();
    const title = path.length === 0 ? 'duvo-temporal' : path.join(' ');
    sections.push(`${'#'.repeat(depth)} ${title}\n\n\`\`\`text\n${help}\n\`\`\``);
    for (const child of command.commands) addSection(child, [...path, child.name()], path.length === 0 ? 2 : 3);
  };
  addSection(program, [], 2);
  return (
    ['# Commands', "This page is made from the commands' own help by `npm run docs`. Do not edit it.", ...sections, '']
      .join('\n\n')
      .trimEnd() + '\n'
  );
}
