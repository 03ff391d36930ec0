import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandLine } from '../../contract';

test('a suggested command can be pasted: each argument is one word of the shell', () => {
  expect(commandLine('gate', 'answer', "a b'c", '--approve')).toBe(
    String.raw`npx duvo-temporal gate answer 'a b'\''c' --approve`,
  );
  expect(commandLine('gate', 'show', 'duvo-run-1#2f')).toBe('npx duvo-temporal gate show duvo-run-1#2f');
});

test('no text of the package suggests a command without npx', () => {
  const root = join(__dirname, '..', '..');
  const bare = /(?<!npx )\bduvo-temporal (run|gate|batch|process|schedule|worker|doctor|dev|demo|api|simulator)\b/;
  const files = ['cli', 'client', 'workers', 'activities', 'contract', 'items'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(root, folder, name)),
  );
  const wrong = files.filter((path) => path.endsWith('.ts') && bare.test(readFileSync(path, 'utf8')));
  expect(wrong).toEqual([]);
});
