import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { PAGES, readCodeBlocks, ROOT } from '../support/docs/code-blocks';

const BLOCKS = PAGES.flatMap(readCodeBlocks);
const at = ({ page, line }: { page: string; line: number }) => `${page}:${line}`;

test('every block has a language that a test checks', () => {
  const known = ['ts', 'sh', 'json', 'yaml', 'csv', 'text', 'mermaid'];
  expect(BLOCKS.filter(({ language }) => !known.includes(language)).map(at)).toEqual([]);
});

test('every word after the language of a fence is known', () => {
  expect(BLOCKS.filter(({ unknownOption }) => unknownOption).map(at)).toEqual([]);
});

test('only three blocks are not run, and each has a reason', () => {
  expect(
    BLOCKS.filter(({ notRunReason }) => notRunReason).map(({ page, code }) => [page, code.split('\n')[0]]),
  ).toEqual([
    ['README.md', expect.stringContaining('npm run demo')],
    ['README.md', 'export DUVO_API_KEY=dv_…'],
    ['docs/guides/gates.md', expect.stringContaining('gate export')],
  ]);
});

test('every JSON, YAML and CSV block parses, and the YAML and CSV blocks are files that commands use', () => {
  for (const block of BLOCKS) {
    if (block.language === 'json') expect(() => JSON.parse(block.code) as unknown).not.toThrow();
    if (block.language === 'yaml') expect(() => parse(block.code) as unknown).not.toThrow();
    if (block.language !== 'yaml' && block.language !== 'csv') continue;
    const commands = BLOCKS.filter(({ page, language }) => page === block.page && language === 'sh');
    expect([at(block), commands.some(({ code }) => code.includes(block.file ?? '(no file)'))]).toEqual([
      at(block),
      true,
    ]);
  }
});

test('the README has at most 150 lines', () => {
  expect(readFileSync(join(ROOT, 'README.md'), 'utf8').trimEnd().split('\n').length).toBeLessThanOrEqual(150);
});

test.each(PAGES.filter((page) => page !== 'README.md'))(
  '%s begins with an example and ends with its limits',
  (page) => {
    const text = readFileSync(join(ROOT, page), 'utf8');
    const headings = [...text.matchAll(/^## (.*)$/gm)];
    expect(headings.at(-1)?.[1]).toBe('Limits');
    if (!page.endsWith('recipes.md')) expect(text.indexOf('```')).toBeLessThan(headings[0]?.index ?? 0);
  },
);
