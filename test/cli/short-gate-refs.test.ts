import { randomUUID } from 'node:crypto';
import { shortenGateRefs } from '../../cli/gate/short-refs';
import { runCommand } from '../support/command-line';
import { eventually, type Stack, startStack } from '../support/stack';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

const gate = (...args: string[]) => runCommand('gate', ...args, '--address', stack.address);
const ask = (title: string) => ({ ask: { type: 'approval' as const, title } });

/** Starts a run that asks, and returns the short reference of its open gate. */
async function startAsking(...titles: string[]) {
  const agentId = `asks-${randomUUID().slice(0, 4)}`;
  stack.simulator.script(agentId, { steps: [...titles.map(ask), { end: 'completed' }] });
  const handle = await stack.start({ agentId });
  return { handle, next: () => eventually(() => findOpen(agentId)) };
}

async function findOpen(agentId: string, except?: string) {
  const [open] = (await gate('list', '--agent', agentId, '--json')).json<{ ref: string }[]>();
  if (!open || open.ref === except) return undefined;
  return { ref: open.ref, short: shortenGateRefs([open.ref])(open.ref) };
}

test('a second answer by the short reference is refused as closed, with who answered when', async () => {
  const { next } = await startAsking('Pay?', 'Book?');
  const { ref, short } = await next();
  expect(short).toMatch(/^run-[0-9a-f]{8}…#.+/);
  expect((await gate('answer', short, '--deny', '--by', 'bob')).code).toBe(0);
  const second = await gate('answer', short, '--approve', '--by', 'alice');
  expect(second.notes).toMatch(/^Duvo\.GateClosed: the gate .+ was denied by bob at \d{4}-\d\d-\d\dT[\d:.]+Z$/);
  expect(second.notes).toContain(ref);
  expect(second.code).toBe(4);
  expect((await gate('show', short, '--json')).json()).toMatchObject({ ref, outcome: 'denied', by: 'bob' });
});

test('a short reference without the id of a gate is refused when the run has several gates', async () => {
  const { handle, next } = await startAsking('Pay?', 'Book?');
  const { ref } = await next();
  const withoutGate = `${handle.workflowId.slice(0, 'run-12345678'.length)}…`;
  expect((await gate('answer', withoutGate, '--approve')).code).toBe(0);
  await eventually(async () => {
    const refused = await gate('answer', withoutGate, '--deny');
    return refused.notes.includes('is ambiguous') && refused.notes.includes(ref) && refused.code === 2;
  });
});

test('the answer after the end of the run is refused with who answered when', async () => {
  const { handle, next } = await startAsking('Pay?');
  const { short } = await next();
  expect((await gate('answer', short, '--approve', '--by', 'bob')).code).toBe(0);
  await handle.result();
  const late = await gate('answer', short, '--deny');
  expect(late.notes).toMatch(/^Duvo\.GateClosed: the gate .+ was approved by bob at /);
  expect(late.code).toBe(4);
});

test('a short reference that no gate has is unknown', async () => {
  const unknown = await gate('show', 'run-00000000…#00000000…');
  expect(unknown.notes).toMatch(/^Duvo\.GateUnknown: no gate has the reference 'run-00000000…#00000000…'/);
  expect(unknown.code).toBe(5);
});

test('both ids of a reference are shortened, unless that is ambiguous', () => {
  const [run, one, other] = [randomUUID(), randomUUID(), randomUUID()];
  const refs = [`duvo-run-${run}#${one}`, `duvo-run-${run}#${other}`, 'duvo-run-4711#p-1'];
  const shorten = shortenGateRefs(refs);
  expect(refs.map(shorten)).toEqual([
    `duvo-run-${run.slice(0, 8)}…#${one.slice(0, 8)}…`,
    `duvo-run-${run.slice(0, 8)}…#${other.slice(0, 8)}…`,
    'duvo-run-4711#p-1',
  ]);
});
