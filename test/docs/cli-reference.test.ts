import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { buildProgram } from '../../cli/program';
import { formatReference } from '../../cli/reference';

test("docs/reference/cli.md equals the commands' help; npm run docs updates it", () => {
  const page = readFileSync(join(__dirname, '../../docs/reference/cli.md'), 'utf8');
  expect(page).toBe(formatReference());
});

function leafCommands(command: Command, path: string[] = []): [string, Command][] {
  if (command.commands.length === 0) return [[path.join(' '), command]];
  return command.commands.flatMap((child) => leafCommands(child, [...path, child.name()]));
}

const printed: string[] = [];
const program = buildProgram({ print: (text) => printed.push(text), note: () => {}, isInteractive: false });

test.each(leafCommands(program))(
  'the help of %s has a description and examples that name the command',
  (path, command) => {
    printed.length = 0;
    command.outputHelp();
    expect(command.description()).not.toBe('');
    expect(printed.join('\n')).toContain(`  npx duvo-temporal ${path}`);
  },
);
