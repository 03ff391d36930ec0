import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CallFailureTypes, RUN_UNCHANGED } from '../../activities';
import { FailureTypes } from '../../contract/failures';
import { ROOT } from '../support/docs/code-blocks';

const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true })
    .map((path) => join('docs', String(path)))
    .filter((path) => path.endsWith('.md')),
];
const read = (page: string) => readFileSync(join(ROOT, page), 'utf8');

/** Returns the anchors that GitHub creates from the headings of a page. */
function anchorsOf(page: string): string[] {
  return [...read(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

test.each(PAGES)('every link of %s leads to a file and a heading', (page) => {
  const links = [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  const broken = links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false;
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? page : join(dirname(page), path);
    return !existsSync(join(ROOT, target)) || (anchor !== undefined && !anchorsOf(target).includes(anchor));
  });
  expect(broken).toEqual([]);
});

test('every test that guarantees.md names exists', () => {
  const named = [...read('docs/guarantees.md').matchAll(/`([\w/-]+\.test\.ts)`/g)].map(([, file = '']) => file);
  expect(named.length).toBeGreaterThan(100);
  expect(named.filter((file) => !existsSync(join(ROOT, 'test', file)))).toEqual([]);
});

test('every entry in guarantees.md names its test or states that it has none', () => {
  const promises = read('docs/guarantees.md').split('## What is not promised')[0] ?? '';
  const entries = promises.split(/\n(?=- \*\*)/).slice(1);
  const unproved = entries.filter((entry) => !/\.test\.ts`|_not tested_/i.test(entry.split('\n\n')[0] ?? ''));
  expect(unproved).toEqual([]);
});

test('every file that design.md names with its folder exists', () => {
  const named = [...read('docs/design.md').matchAll(/[`[]((?:[\w-]+\/)+[\w-]+\.(?:ts|mjs|json|md))[`\]]/g)];
  const missing = named.map(([, file = '']) => file).filter((file) => !existsSync(join(ROOT, file)));
  expect(missing).toEqual([]);
});

test.each([
  ['The way of a message', 12],
  ['The way of an answer', 14],
])('%s names at most %d files, each once', (heading, most) => {
  const section = read('docs/design.md').split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const diagram = section.split('```mermaid')[1]?.split('```')[0] ?? '';
  const files = [...diagram.matchAll(/\[([\w/-]+\.ts)\]/g)].map(([, file]) => file);
  expect(new Set(files).size).toBe(files.length);
  expect(files.length).toBeLessThanOrEqual(most);
  expect(section).toContain(`to the socket, ${files.length} files`);
});

test('failures.md explains every failure type', () => {
  const types = [...Object.values(FailureTypes), ...Object.values(CallFailureTypes), RUN_UNCHANGED];
  const page = read('docs/reference/failures.md');
  expect(types.filter((type) => !page.includes(`\`${type}\``))).toEqual([]);
});
