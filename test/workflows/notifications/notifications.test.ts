import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { Gate } from '../../../contract/gates/gates';
import { runCommand } from '../../support/command-line';
import { collect } from '../../support/collect';
import { failureOf } from '../../support/failures';
import { APPROVAL } from '../../support/gate-runs';
import { concurrentTests } from '../../support/jest/concurrent-tests';
import { RecordingChannel } from '../../support/notifications/recording-channel';
import { duvo, setUpDuvoWorkflows, stack } from '../../support/duvo-workflows';
import { eventually } from '../../support/stack';
import type { DelayedGateInput } from '../../support/workflows/processes';

const test = concurrentTests();

const ops = new RecordingChannel();
const finance = new RecordingChannel();
/** A channel of the test whose first attempt fails, and one of the test whose message never arrives. */
const flaky = new RecordingChannel();
const held = new RecordingChannel();
/** A service that accepts no message and answers nothing. */
const silent = { send: () => new Promise<void>(() => undefined), update: () => Promise.resolve() };
const refusing = {
  send: () => Promise.reject(ApplicationFailure.nonRetryable('the room is closed')),
  update: () => Promise.reject(new Error('nothing was sent')),
};
setUpDuvoWorkflows({ notifications: { channels: { ops, finance, flaky, held, silent, refusing } } });

const begin = (...asked: DelayedGateInput[]): Promise<WorkflowHandle> =>
  stack.client.workflow.start('asksOf', { taskQueue: stack.taskQueue, workflowId: randomUUID(), args: [asked] });
const gateOf = async (handle: WorkflowHandle) => (await handle.query<Gate[]>('gates'))[0];
/** Waits until it is known what became of the messages to this many channels. */
const waitForNotified = (handle: WorkflowHandle, channels: number) =>
  eventually(async () => {
    const gate = await gateOf(handle).catch(() => undefined);
    return gate?.notifications?.length === channels && gate;
  });
const approve = (handle: WorkflowHandle) =>
  handle.executeUpdate('submitAnswer', { args: [{ gateId: 'p-1', approved: true, by: 'alice' }] });

test('a gate of a process is sent once to each of its channels, and each message is updated after the decision', async () => {
  const handle = await begin({ title: 'Pay 4711?', due: '1h', notify: ['ops', 'finance'] });
  const gate = await waitForNotified(handle, 2);
  expect(gate.notifications).toEqual(
    expect.arrayContaining([
      { channel: 'ops', status: 'sent', at: expect.any(String) as string },
      { channel: 'finance', status: 'sent', at: expect.any(String) as string },
    ]),
  );
  await approve(handle);
  await handle.result();
  for (const channel of [ops, finance]) {
    const message = await channel.waitForMessage(handle.workflowId);
    const { sent, closed } = await channel.waitForUpdate(handle.workflowId);
    expect(message).toMatchObject({
      gate: { ref: gate.ref, title: 'Pay 4711?', due: gate.due, workflowId: handle.workflowId },
      command: `npx duvo-temporal gate answer ${gate.ref}`,
    });
    expect(sent).toEqual({ id: message.id, data: { at: expect.any(Number) as number } });
    expect(closed).toMatchObject({
      outcome: 'approved',
      by: 'alice',
      text: expect.stringMatching(/by alice at \d\d:\d\d UTC$/) as string,
    });
    expect(channel.messagesOf(handle.workflowId)).toHaveLength(1);
    expect(channel.updatesOf(handle.workflowId)).toHaveLength(1);
  }
});

test('the list of gates shows which channel does not have the message, and why', async () => {
  const handle = await begin({ title: 'Pay 4711?', notify: ['refusing', 'nobody'] });
  const failed = await eventually(async () => {
    const gates = await collect(duvo.gates.list({ processType: 'asksOf' }));
    const found = gates.find(({ ref }) => ref === `${handle.workflowId}#p-1`);
    return found?.notifications?.length === 2 && found.notifications;
  });
  const at = expect.any(String) as string;
  expect(failed).toEqual(
    expect.arrayContaining([
      { channel: 'refusing', status: 'failed', at, reason: 'the room is closed' },
      { channel: 'nobody', status: 'failed', at, reason: expect.stringContaining('no channel of this name') as string },
    ]),
  );
  const shown = await runCommand('gate', 'show', `${handle.workflowId}#p-1`, '--address', stack.address);
  expect(shown.out).toMatch(/notified +.*not delivered: /);
  expect(shown.out).toContain('refusing: not delivered: the room is closed');
  const listed = await runCommand('gate', 'list', '--process', 'asksOf', '--address', stack.address);
  expect(listed.out).toMatch(/NOT NOTIFIED/);
  await approve(handle);
  expect(await handle.result()).toMatchObject([{ approved: true, by: 'alice' }]);
});

test('a channel that fails is tried again, and the gate can be answered meanwhile', async () => {
  let failures = 0;
  flaky.beforeSend = () => {
    if (++failures === 1) throw new Error('the service is down');
  };
  const handle = await begin({ title: 'Pay 4711?', notify: ['flaky'] });
  expect((await waitForNotified(handle, 1)).notifications).toMatchObject([{ channel: 'flaky', status: 'sent' }]);
  await approve(handle);
  await handle.result();
  await flaky.waitForUpdate(handle.workflowId);
});

test('a channel that never answers does not keep the process from its result', async () => {
  const handle = await begin({ title: 'Pay 4711?', notify: ['silent', 'ops'] });
  await ops.waitForMessage(handle.workflowId);
  await approve(handle);
  expect(await handle.result()).toMatchObject([{ approved: true }]);
  await ops.waitForUpdate(handle.workflowId);
});

test('a message that is under way when its gate is closed is followed up, because it may arrive', async () => {
  let isSending = false;
  held.beforeSend = () => {
    isSending = true;
    return new Promise<void>(() => undefined);
  };
  const handle = await begin({ title: 'Pay 4711?', notify: ['held'] });
  await eventually(() => isSending);
  await approve(handle);
  await handle.result();
  const { sent, closed } = await held.waitForUpdate(handle.workflowId);
  expect(sent).toEqual({ id: expect.stringMatching(/^msg_/) as string });
  expect(closed.outcome).toBe('approved');
});

test('a reminder, an escalation and a change by hand of an open gate are reported in its channels', async () => {
  const handle = await begin({
    title: 'Pay 4711?',
    approvers: ['alice'],
    due: '1h',
    reminders: [{ before: '3599s' }],
    escalation: [{ after: '4s', to: ['bob'] }],
    notify: ['ops'],
  });
  const { workflowId } = handle;
  const waitForEvent = (type: string) =>
    eventually(() => ops.followUpsOf(workflowId).find(({ event }) => event.type === type));
  // A channel that is slow receives the last of several events.
  expect(await waitForEvent('escalated')).toMatchObject({
    text: 'was escalated to bob',
    gate: { approvers: ['alice', 'bob'] },
    command: `npx duvo-temporal gate answer ${workflowId}#p-1`,
  });
  await duvo.gates.reassign(`${workflowId}#p-1`, { approvers: ['carol', 'alice'], by: 'boss', reason: 'away' });
  expect(await waitForEvent('reassigned')).toMatchObject({ text: 'was reassigned to carol, alice by boss' });
  await approve(handle);
  await handle.result();
  await ops.waitForUpdate(workflowId);
  const ids = ops.followUpsOf(workflowId).map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect((await gateOf(handle))?.notifications).toMatchObject([{ channel: 'ops', status: 'sent' }]);
});

test('a process that is cancelled withdraws its gate in every channel', async () => {
  const handle = await begin({ title: 'Pay 4711?', notify: ['ops'], rethrow: true });
  await waitForNotified(handle, 1);
  await handle.cancel();
  await failureOf(handle.result());
  expect((await ops.waitForUpdate(handle.workflowId)).closed).toMatchObject({ outcome: 'withdrawn' });
});

test('a gate that nobody answers in time is settled as such', async () => {
  const handle = await begin({ title: 'Pay 4711?', notify: ['ops'], due: '2s', onTimeout: 'deny' });
  expect(await handle.result()).toMatchObject([{ approved: false }]);
  const { closed } = await ops.waitForUpdate(handle.workflowId);
  expect(closed).toMatchObject({ outcome: 'timed-out' });
  expect(closed).not.toHaveProperty('by');
});

test('a gate of a run is sent and settled, also when the run is cancelled', async () => {
  stack.simulator.script('notified', APPROVAL);
  const [answered, cancelled] = await Promise.all(
    [1, 2].map(() => stack.start({ agentId: 'notified', gate: { notify: ['ops'] } })),
  );
  const gate = await waitForNotified(answered as WorkflowHandle, 1);
  expect(await ops.waitForMessage(answered?.workflowId ?? '')).toMatchObject({
    gate: { source: 'duvo', title: 'Pay 4711?', description: 'It is odd' },
  });
  await duvo.gates.answer(gate.ref, { approved: true, by: 'alice' });
  expect((await ops.waitForUpdate(answered?.workflowId ?? '')).closed).toMatchObject({
    outcome: 'approved',
    by: 'alice',
  });
  await answered?.result();
  await waitForNotified(cancelled as WorkflowHandle, 1);
  await cancelled?.cancel();
  await failureOf((cancelled as WorkflowHandle).result());
  expect((await ops.waitForUpdate(cancelled?.workflowId ?? '')).closed).toMatchObject({ outcome: 'withdrawn' });
});

test('a process that continues as new with an open gate keeps the message, and updates it after the decision', async () => {
  const { workflowId } = await stack.client.workflow.start('continuesNotifying', {
    taskQueue: stack.taskQueue,
    workflowId: randomUUID(),
  });
  const handle = stack.client.workflow.getHandle(workflowId);
  await waitForNotified(handle, 1);
  const { runId } = await handle.describe();
  await handle.signal('goOn');
  await eventually(async () => (await handle.describe()).runId !== runId);
  await waitForNotified(handle, 1);
  await handle.executeUpdate('submitAnswer', { args: [{ gateId: 'pay', approved: true, by: 'alice' }] });
  expect(await handle.result()).toBe('alice');
  const [message] = ops.messagesOf(workflowId);
  const { sent } = await ops.waitForUpdate(workflowId);
  expect(sent).toMatchObject({ id: message?.id, data: { at: expect.any(Number) as number } });
  expect(ops.messagesOf(workflowId)).toHaveLength(1);
});

test('names of channels are checked before anything is sent', async () => {
  const handle = await begin({ title: 'Pay 4711?', notify: ['ops', 'ops'] });
  expect(await handle.result()).toEqual(['Duvo.InvalidInput']);
});
