import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';

const MAX_FILES_PER_FOLDER = 15;
const root = join(__dirname, '../..');

test(`a folder has at most ${MAX_FILES_PER_FOLDER} source files`, () => {
  const files = execFileSync(
    'git',
    ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts', '*.tsx', '*.mjs'],
    {
      cwd: root,
      encoding: 'utf8',
    },
  );
  const counts = new Map<string, number>();
  for (const file of files.trim().split('\n')) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);
  const crowded = [...counts].filter(([, count]) => count > MAX_FILES_PER_FOLDER);
  expect(crowded).toEqual([]);
});
