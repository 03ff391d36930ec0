import { randomUUID } from 'node:crypto';
import { Client } from '@temporalio/client';
import type { Payload, PayloadCodec } from '@temporalio/common';
import { DuvoWorkflows } from '../../../client';
import { collect } from '../../support/collect';
import { runCommand } from '../../support/command-line';
import { rejectionOf } from '../../support/rejection';
import { YEARLY } from '../../support/schedule-stack';
import { eventually, type Stack, startStack } from '../../support/stack';

/** The codec of another application, which this one lacks. */
const otherCodec: PayloadCodec = {
  encode: (payloads) => Promise.resolve(payloads.map((payload) => withEncoding(payload, 'binary/other-key'))),
  decode: (payloads) => Promise.resolve(payloads.map((payload) => withEncoding(payload, 'json/plain'))),
};
const withEncoding = ({ data }: Payload, encoding: string): Payload => ({
  metadata: { encoding: Buffer.from(encoding) },
  data,
});

let stack: Stack;
let duvo: DuvoWorkflows;
const [id, readable, group] = [`undecodable-${randomUUID()}`, `readable-${randomUUID()}`, `group-${randomUUID()}`];
const definition = { run: { agentId: 'nightly', message: 'a private message' }, ...YEARLY };
beforeAll(async () => {
  stack = await startStack({ workers: false });
  duvo = new DuvoWorkflows(stack.client, stack);
  const { connection } = stack.client;
  const other = new DuvoWorkflows(new Client({ connection, dataConverter: { payloadCodecs: [otherCodec] } }), stack);
  await other.schedules.create(id, definition, { group });
  await duvo.schedules.create(readable, definition, { group });
  await eventually(async () => {
    const ids = (await collect(duvo.schedules.list())).map((info) => info.id);
    return ids.includes(id) && ids.includes(readable);
  });
});
afterAll(async () => {
  for (const one of [id, readable]) await duvo?.schedules.delete(one).catch(() => undefined);
  await stack?.stop();
});

test('a schedule whose action cannot be decoded is shown with its times, and marked', async () => {
  const info = await duvo.schedules.show(id);
  expect(info).toMatchObject({ id, isOwn: true, kind: 'run', actionUnreadable: true, definition: YEARLY });
  expect(info.next).toHaveLength(10);
  expect(info).not.toHaveProperty('agentId');
  expect(JSON.stringify(info)).not.toContain('other-key');
  const { out } = await runCommand('schedule', 'show', id, '--address', stack.address);
  expect(out).toMatch(/payloads +cannot be decoded: give the workers' data converter/);
});

test('a list has the schedules that can be decoded beside those that cannot', async () => {
  const listed = await collect(duvo.schedules.list());
  const byId = (one: string) => listed.find((info) => info.id === one);
  expect(byId(id)).toMatchObject({ actionUnreadable: true });
  expect(byId(readable)).toMatchObject({ agentId: 'nightly', group });
  expect(byId(readable)).not.toHaveProperty('actionUnreadable');
});

test('a schedule that cannot be decoded is paused and resumed, but not changed', async () => {
  await duvo.schedules.pause(id);
  expect(await duvo.schedules.show(id)).toMatchObject({ paused: true });
  await duvo.schedules.resume(id);
  const changes = [
    () => duvo.schedules.update(id, { cron: '0 1 1 1 *' }),
    () => duvo.schedules.update(id, { note: 'mine' }),
    () => duvo.schedules.apply({ group, schedules: { [id]: definition } }),
  ];
  for (const change of changes)
    expect(await rejectionOf(change())).toMatchObject({
      name: 'ScheduleConflictError',
      message: expect.stringMatching(/cannot be decoded.*DUVO_DATA_CONVERTER/) as string,
    });
});

test('schedule update names the data converter that it lacks', async () => {
  const { code, notes } = await runCommand('schedule', 'update', id, '--every', '1h', '--address', stack.address);
  expect([code, notes]).toEqual([2, expect.stringMatching(/cannot be decoded.*DUVO_DATA_CONVERTER/)]);
});

test('a file whose group has a schedule that cannot be decoded is applied, and leaves that schedule alone', async () => {
  const file = { group, schedules: { [readable]: definition } };
  expect(await duvo.schedules.apply(file, { prune: true })).toEqual([{ id: readable, change: 'unchanged' }]);
  expect(await duvo.schedules.show(id)).toMatchObject({ id });
});
