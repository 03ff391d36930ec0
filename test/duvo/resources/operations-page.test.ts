import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createDuvoActivities } from '../../../activities';
import { DuvoClient, type OperationName, OPERATIONS } from '../../../duvo';
import type { Dialect } from '../../../duvo/dialects/dialect';
import { v1 } from '../../../duvo/dialects/v1';
import { v2 } from '../../../duvo/dialects/v2';

const PAGE = 'docs/reference/duvo-operations.md';

/** The rows of the page's tables: operation, v1, v2, scope, client methods, activity. A dash in the page becomes ''. */
const ROWS = readFileSync(join(__dirname, '../../..', PAGE), 'utf8')
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
  const operation = operations[name];
  return operation ? `${operation.method} ${operation.path}` : '';
};

describe(PAGE, () => {
  it('lists exactly the operations of the catalogue, with their paths and scopes', () => {
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
    const resources = client as unknown as Record<string, Record<string, unknown>>;
    for (const [operation, , , , cell = '', activity = ''] of ROWS) {
      // `client.runs.list, listPage` names two methods of one resource.
      const [, resource = '', names = ''] = cell.split('.');
      for (const name of names.split(', ')) {
        expect([operation, name, typeof resources[resource]?.[name]]).toEqual([operation, name, 'function']);
      }
      if (activity !== '') expect(activities).toContain(activity);
    }
  });
});
