import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatConfigReference } from '../../workers/config/reference';

const page = readFileSync(join(__dirname, '../../docs/reference/configuration.md'), 'utf8');

/** Removes the padding that Prettier adds to the cells of a table. Jest cannot load Prettier to format the expected text. */
const withoutPadding = (text: string) => text.replace(/ +\|/g, ' |').replace(/\| -+/g, '| ---');

test('docs/reference/configuration.md matches the variables of workers/config; npm run docs updates it', () => {
  expect(withoutPadding(page)).toBe(withoutPadding(formatConfigReference()));
});

test('each variable has a meaning', () => {
  const rows = formatConfigReference()
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  expect(rows.length).toBeGreaterThan(25);
  for (const row of rows) expect(row).toMatch(/^\| `[A-Z_]+` \| (none|`.+`) \| .*\S.* \|$/);
});
