import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(__dirname, '../../..');

/** The pages whose code blocks are tested: the README and the guides. */
export const PAGES = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs/guides'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/guides/${name}`),
];

/**
 * A fenced code block. Words after the language in the fence determine how the block is tested:
 *
 * - `background` (`sh`): the command keeps running until the end of the page.
 * - `retried` (`sh`): each line is repeated until it succeeds, because it waits for something.
 * - `not-run: <reason>` (`sh`): the block is not run.
 * - `file=<name>`: the block is the content of this file.
 */
export interface CodeBlock {
  page: string;
  line: number;
  language: string;
  code: string;
  isBackground: boolean;
  isRetried: boolean;
  notRunReason?: string;
  file?: string;
  /** The text after the language, if it is not one of the options above. */
  unknownOption?: string;
}

export function readCodeBlocks(page: string): CodeBlock[] {
  const lines = readFileSync(join(ROOT, page), 'utf8').split('\n');
  const blocks: CodeBlock[] = [];
  for (let index = 0; index < lines.length; index++) {
    const fence = /^\s*```(\S*) ?(.*)$/.exec(lines[index] ?? '');
    if (!fence) continue;
    const line = index + 1;
    const end = lines.findIndex((text, at) => at > index && /^\s*```\s*$/.test(text));
    if (end < 0) throw new Error(`${page}:${line}: the block has no end`);
    const code = lines.slice(index + 1, end).join('\n');
    blocks.push({ page, line, language: fence[1] ?? '', code, ...parseOptions(fence[2] ?? '', code) });
    index = end;
  }
  return blocks;
}

function parseOptions(text: string, code: string) {
  const notRunReason = /^not-run: (.+)$/.exec(text)?.[1];
  const file = /^file=(\S+)$/.exec(text)?.[1] ?? /^\/\/ ([\w-]+\.ts)\b/.exec(code)?.[1];
  const isKnown = ['', 'background', 'retried'].includes(text) || notRunReason !== undefined || /^file=\S+$/.test(text);
  return {
    isBackground: text === 'background',
    isRetried: text === 'retried',
    notRunReason,
    file,
    ...(!isKnown && { unknownOption: text }),
  };
}

/** Returns the name of the folder into which a page's files are written. */
export function pageFolder(page: string): string {
  return page === 'README.md' ? 'invoices' : page.replace(/^.*\/(.*)\.md$/, '$1');
}
