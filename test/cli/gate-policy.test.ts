import { randomUUID } from 'node:crypto';
import { runCommand } from '../support/command-line';
import { eventually, type Stack, startStack, waitForOpenGate } from '../support/stack';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

const gate = (...args: string[]) => runCommand('gate', ...args, '--address', stack.address);

test('two people of two groups approve a gate from the command line, and its starter cannot', async () => {
  const key = randomUUID();
  const legal = `legal-${key.slice(0, 8)}`;
  const input = { title: 'Pay 4711?', exclude: ['starter'], quorum: { [legal]: 1, finance: 1 } };
  const start = ['start', 'asksOf', '--args', JSON.stringify([[input]]), '--key', key, '--started-by', 'alice'];
  await runCommand('process', ...start, '--task-queue', stack.taskQueue, '--address', stack.address);
  const { ref } = await waitForOpenGate(stack.client.workflow.getHandle(`asksOf-${key}`));

  const answer = (by: string, group: string) => gate('answer', ref, '--approve', '--by', by, '--group', group);
  const refused = await answer('alice', legal);
  expect(refused.code).toBe(4);
  expect(refused.notes).toMatch(/the person who started the workflow may not answer/);
  expect(await answer('bob', legal)).toMatchObject({ code: 0, out: `${ref}: counted, 1 of 2 approvals` });

  const mine = (by: string, group: string) => gate('list', '--process', 'asksOf', '--mine', by, '--group', group);
  const listed = await eventually(async () => {
    const { out } = await mine('carol', legal);
    return /1 of 2/.test(out) && out;
  });
  expect(listed).toMatch(/APPROVALS/);
  expect(Math.max(...listed.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  // The list has also gates of other tests, whose approvers it cannot read.
  const args = ['list', '--process', 'asksOf', '--group', legal, '--json'];
  const refsOf = async (by: string) =>
    (await gate(...args, '--mine', by)).json<{ ref: string }[]>().map((listedGate) => listedGate.ref);
  expect(await refsOf('carol')).toContain(ref);
  expect(await refsOf('bob')).not.toContain(ref);
  expect(await refsOf('alice')).not.toContain(ref);

  const { out: shown } = await gate('show', ref);
  expect(shown).toMatch(/excluded +starter \(alice\)/);
  expect(shown).toMatch(/approvals +1 of 2/);
  expect(shown).toMatch(new RegExp(`approved by bob \\(${legal}\\)`));
  expect(await answer('carol', 'finance')).toMatchObject({ code: 0, out: `${ref}: approved` });
});

test('an admin changes and withdraws a gate from the command line', async () => {
  const key = randomUUID();
  const input = { title: 'Pay 4711?', approvers: ['alice'], admins: ['boss'] };
  const start = ['start', 'asksOf', '--args', JSON.stringify([[input]]), '--key', key];
  await runCommand('process', ...start, '--task-queue', stack.taskQueue, '--address', stack.address);
  const { ref } = await waitForOpenGate(stack.client.workflow.getHandle(`asksOf-${key}`));

  const refused = await gate('reassign', ref, '--to', 'bob', '--reason', 'mine', '--by', 'mallory');
  expect(refused.code).toBe(4);
  expect(refused.notes).toMatch(/does not name this person, or a group of this person, as admin/);
  const boss = ['--by', 'boss', '--reason', 'Alice is ill'];
  const reassigned = await gate('reassign', ref, '--to', 'bob', '--to', 'carol', ...boss);
  expect(reassigned).toMatchObject({ code: 0, out: `${ref}: approvers bob, carol` });
  const extended = await gate('extend', ref, '--due', '2100-12-24T17:00:00+01:00', ...boss);
  expect(extended.out).toBe(`${ref}: approvers bob, carol; due 2100-12-24T16:00:00.000Z`);
  const { out: shown } = await gate('show', ref);
  expect(shown).toMatch(/admins +boss/);
  expect(shown).toMatch(/reassigned to bob, carol by boss at .*: Alice is ill/);
  expect(shown).toMatch(/extended to 2100-12-24T16:00:00.000Z by boss/);
  expect(await gate('withdraw', ref, ...boss)).toMatchObject({ code: 0, out: `${ref}: withdrawn` });
  expect((await gate('withdraw', ref, ...boss)).notes).toMatch(/was withdrawn by boss/);
});

test('a change without a reason, or with an unknown due time, is refused', async () => {
  expect(await gate('withdraw', 'w#g')).toMatchObject({ code: 2 });
  const extended = await gate('extend', 'w#g', '--reason', 'later', '--due', 'soon');
  expect(extended).toMatchObject({
    code: 2,
    notes: expect.stringMatching(/^--due: 'soon' is not a duration/) as string,
  });
});

test('--group without --mine is refused', async () => {
  expect(await gate('list', '--group', 'legal')).toMatchObject({ code: 2 });
});
