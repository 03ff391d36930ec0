import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createDuvoActivities } from '../../../activities';
import { DuvoClient, type OperationName, OPERATIONS } from '../../../duvo';
import type { Dialect } from '../../../duvo/dialects/dialect';
import { v1 } from '../../../duvo/dialects/v1';
import { v2 } from '../../../duvo/dialects/v2';

/** The rows of docs/api.md: operation, v1, v2, scope, client, activity; '' where it has a dash. */
const ROWS = readFileSync(join(__dirname, '../../../docs/api.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replace(/^–$/, '').replaceAll('`', '')),
  );

const client = new DuvoClient({ apiKey: 'dv_test' });
afterAll(() => client.close());

const routeOf = ({ operations }: Dialect, name: OperationName) => {
  const spelling = operations[name];
  return spelling ? `${spelling.method} ${spelling.path}` : '';
};

describe('docs/api.md', () => {
  it('lists exactly the operations of the catalogue, with their routes and scopes', () => {
    const team = v2('team');
    const catalogue = (Object.keys(OPERATIONS) as OperationName[]).map((name) => [
      name,
      routeOf(v1, name),
      routeOf(team, name),
      OPERATIONS[name].scope,
    ]);
    expect(ROWS.map((row) => row.slice(0, 4)).sort()).toEqual(catalogue.sort());
  });

  it('names methods that the client has, and activities that a worker has', () => {
    const activities = Object.keys(createDuvoActivities({ client }));
    for (const [operation, , , , method = '', activity = ''] of ROWS) {
      const [, resource = '', name = ''] = method.split('.');
      const methods = (client as unknown as Record<string, Record<string, unknown>>)[resource];
      expect([operation, method, typeof methods?.[name]]).toEqual([operation, method, 'function']);
      if (activity !== '') expect(activities).toContain(activity);
    }
  });
});
