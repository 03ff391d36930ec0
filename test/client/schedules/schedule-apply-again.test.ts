import { randomUUID } from 'node:crypto';
import { Client } from '@temporalio/client';
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
  const [group, changed, first, lost, last] = Array.from({ length: 5 }, () => randomUUID());
  const ids = [changed, first, lost, last] as string[];
  const yearly = { run: { agentId: 'a' }, cron: '0 0 1 1 *' };
  await schedules.apply({ group, schedules: { [changed as string]: yearly } });
  const file = { group, schedules: Object.fromEntries(ids.map((id) => [id, { ...yearly, jitter: '5m' }])) };
  const apply = async (by: SchedulesClient) => (await by.apply(file)).map(({ change }) => change);
  const there = async (id: string) =>
    schedules.show(id).then(
      ({ definition }) => definition?.jitter,
      () => 'none',
    );
  const { schedules: interrupted } = new DuvoWorkflows(
    new Client({
      connection: stack.client.connection,
      interceptors: {
        schedule: [
          {
            create(input, next) {
              if (input.options.scheduleId === lost) throw new Error('the connection is lost');
              return next(input);
            },
          },
        ],
      },
    }),
    stack,
  );
  await expect(apply(interrupted)).rejects.toThrow('the connection is lost');
  expect(await Promise.all(ids.map(there))).toEqual(['5m', '5m', 'none', 'none']);
  expect(await apply(schedules)).toEqual(['unchanged', 'unchanged', 'create', 'create']);
  expect(await Promise.all(ids.map(there))).toEqual(['5m', '5m', '5m', '5m']);
  expect(await apply(schedules)).toEqual(['unchanged', 'unchanged', 'unchanged', 'unchanged']);
  for (const id of ids) await schedules.delete(id);
});
