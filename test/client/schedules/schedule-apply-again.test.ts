import { randomUUID } from 'node:crypto';
import { DuvoWorkflows, type SchedulesClient } from '../../../client';
import { type Stack, startStack } from '../../support/stack';

let stack: Stack;
let schedules: SchedulesClient;
beforeAll(async () => {
  stack = await startStack({ workers: false });
  schedules = new DuvoWorkflows(stack.client, stack).schedules;
});
afterAll(() => stack.stop());

test('an apply after an interrupted one makes the remaining changes, and none twice', async () => {
  const [group, changed, first, refused, last] = Array.from({ length: 5 }, () => randomUUID());
  const ids = [changed, first, refused, last] as string[];
  const yearly = { run: { agentId: 'a' }, cron: '0 0 1 1 *' };
  await schedules.apply({ group, schedules: { [changed as string]: yearly } });
  const file = (timeZone: string) => ({
    group,
    schedules: Object.fromEntries(
      ids.map((id) => [id, { ...yearly, jitter: '5m', timeZone: id === refused ? timeZone : 'Europe/Berlin' }]),
    ),
  });
  const kinds = async (timeZone: string) => (await schedules.apply(file(timeZone))).map(({ change }) => change);
  const there = async (id: string) =>
    schedules.show(id).then(
      ({ definition }) => definition?.jitter,
      () => 'none',
    );
  // Only the server does not know this spelling of the zone, so it refuses the second schedule after the first is made.
  await expect(kinds('europe/BERLIN')).rejects.toMatchObject({ name: 'InvalidInputError' });
  expect(await Promise.all(ids.map(there))).toEqual(['5m', '5m', 'none', 'none']);
  expect(await kinds('Europe/Paris')).toEqual(['unchanged', 'unchanged', 'create', 'create']);
  expect(await Promise.all(ids.map(there))).toEqual(['5m', '5m', '5m', '5m']);
  expect(await kinds('Europe/Paris')).toEqual(['unchanged', 'unchanged', 'unchanged', 'unchanged']);
  for (const id of ids) await schedules.delete(id);
});
