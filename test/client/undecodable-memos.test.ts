import { randomUUID } from 'node:crypto';
import { Client } from '@temporalio/client';
import type { Payload, PayloadCodec } from '@temporalio/common';
import { DuvoWorkflows } from '../../client';
import type { testItem } from '../support/workflows/batch-items';
import { collect } from '../support/collect';
import { rejectionOf } from '../support/rejection';
import { firstGate, scriptedInput } from '../support/runs/scripted-runs';
import { eventually, QUICK_WATCH, type Stack, startStack } from '../support/stack';

/** Encodes only what the memo has, the digests of inputs, so that everything else stays readable. */
const encodesDigests: PayloadCodec = {
  encode: (payloads) => Promise.resolve(payloads.map((payload) => withEncoding(payload, 'binary/other-key'))),
  decode: (payloads) =>
    Promise.resolve(
      payloads.map((one) => (encodingOf(one) === 'binary/other-key' ? withEncoding(one, 'json/plain') : one)),
    ),
};
const withEncoding = (payload: Payload, encoding: string): Payload =>
  /^"[0-9a-f]{64}"$/.test(Buffer.from(payload.data ?? []).toString())
    ? { metadata: { encoding: Buffer.from(encoding) }, data: payload.data }
    : payload;

const encodingOf = ({ metadata }: Payload): string => Buffer.from(metadata?.encoding ?? []).toString();
const withThirdEncoding = (payload: Payload): Payload => withEncoding(payload, 'binary/third-key');

let stack: Stack;
/** The client of another application, whose codec this one lacks. */
let other: DuvoWorkflows;
let duvo: DuvoWorkflows;
beforeAll(async () => {
  stack = await startStack({ payloadCodecs: [encodesDigests] });
  const { connection } = stack.client;
  other = new DuvoWorkflows(new Client({ connection, dataConverter: { payloadCodecs: [encodesDigests] } }), stack);
  duvo = new DuvoWorkflows(stack.client, stack);
});
afterAll(() => stack?.stop());

const ASKS = { steps: [{ ask: { type: 'approval' as const, title: 'Pay?' } }, { end: 'completed' as const }] };

test('a run whose memo cannot be decoded is described, answered, awaited and cancelled', async () => {
  const input = scriptedInput(stack, ASKS);
  const { workflowId } = await other.runs.start(input);
  const run = duvo.runs.get(workflowId);
  await firstGate(other, input.agentId);
  expect(await run.describe()).toMatchObject({ workflowId, status: 'RUNNING', memoUnreadable: true });
  const [gate] = await run.gates();
  await run.answer(gate?.gateId ?? '', { approved: true, by: 'alice' });
  expect(await run.result()).toMatchObject({ status: 'completed' });
  expect(await run.describe()).toMatchObject({ memoUnreadable: true, result: { status: 'completed' } });
  expect(await run.cancel()).toBe('already-finished');
});

test('a process whose memo cannot be decoded is described and cancelled', async () => {
  const { workflowId } = await other.processes.start<typeof testItem>('testItem', { args: [{ n: 1, waits: true }] });
  const process = duvo.processes.get(workflowId);
  expect(await process.describe()).toMatchObject({ workflowId, status: 'RUNNING', memoUnreadable: true });
  expect(await process.cancel()).toBe('CANCELLED');
});

test('a batch whose memo cannot be decoded is read, paused, cancelled and read again', async () => {
  const template = { workflow: { type: 'testItem' } };
  const { workflowId } = await other.batches.start([{ n: 0, waits: true }], { template });
  const batch = duvo.batches.get(workflowId);
  expect(await batch.progress()).toMatchObject({ items: 1 });
  await batch.pause();
  await batch.resume();
  expect(await batch.cancel()).toMatchObject({ items: 1, stopped: 'canceled' });
  expect(await collect(batch.unfinishedItems({ includeUnknown: true }))).toEqual([{ n: 0, waits: true }]);
  const listed = await eventually(async () =>
    (await collect(duvo.batches.list({ status: 'CANCELLED' }))).find((one) => one.workflowId === workflowId),
  );
  expect(listed).toMatchObject({ items: 1, memoUnreadable: true });
});

test('a key whose former input cannot be decoded is refused with this reason, for runs, batches and processes', async () => {
  const key = randomUUID();
  const run = { ...scriptedInput(stack, ASKS), watch: QUICK_WATCH, key };
  const args: Parameters<typeof testItem> = [{ n: 1, waits: true }];
  const items = [{ n: 0, waits: true }];
  const options = { key, template: { workflow: { type: 'testItem' } } };
  const started = [
    await other.runs.start(run),
    await other.batches.start(items, options),
    await other.processes.start<typeof testItem>('testItem', { key, args }),
  ];
  for (const again of [
    () => duvo.runs.start(run),
    () => duvo.batches.start(items, options),
    () => duvo.processes.start<typeof testItem>('testItem', { key, args }),
  ])
    expect(await rejectionOf(again())).toMatchObject({
      name: 'WorkflowConflictError',
      message: expect.stringMatching(/cannot be decoded.*data converter/) as string,
    });
  for (const one of started) await one.cancel();
});

test('an item does not take the key of a terminated workflow whose memo the workers cannot decode', async () => {
  const { connection } = stack.client;
  const codec = {
    ...encodesDigests,
    encode: (payloads: Payload[]) => Promise.resolve(payloads.map(withThirdEncoding)),
  };
  const client = new Client({ connection, dataConverter: { payloadCodecs: [codec] } });
  const third = new DuvoWorkflows(client, { taskQueue: `nobody-polls-${randomUUID()}` });
  const taken = randomUUID();
  const { workflowId } = await third.runs.start({ key: taken, agentId: 'quick', message: 'Read it' });
  await client.workflow.getHandle(workflowId).terminate();
  stack.simulator.script('quick', { steps: [{ end: 'completed' }] });
  const template = { run: { agentId: 'quick', message: 'Read {{id}}', watch: QUICK_WATCH } };
  const batch = await other.batches.start([{ id: taken }], { template, keyField: 'id' });
  await batch.result();
  expect(await collect(batch.results())).toMatchObject([{ key: taken, status: 'failed', type: 'Duvo.KeyConflict' }]);
});
