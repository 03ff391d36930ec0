import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { DuvoWorkflows } from '../../../client';
import type { ExportedReceipt } from '../../../contract/gates/receipts';
import type { UnusedAnswer } from '../../../contract/gates/gates';
import { ReceiptVerifier } from '../../../contract/gates/verify-receipts';
import { hashJson } from '../../../contract/text/canonical-json';
import { type DevServer, startDevServer } from '../../../workers';
import { collect } from '../../support/collect';
import { runCommand } from '../../support/command-line';
import { failureOf } from '../../support/failures';
import { eventually, type Stack, startStack, waitForOpenGate } from '../../support/stack';

let server: DevServer;
let stack: Stack;
let duvo: DuvoWorkflows;
/** The receipts of the four gates of two workflows that have closed, in the order of the workflows. */
let fourReceipts: ExportedReceipt[];
beforeAll(async () => {
  // This server suggests continue-as-new after few events.
  server = await startDevServer({ dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': 40 } });
  stack = await startStack({ address: server.address });
  duvo = new DuvoWorkflows(stack.client, { taskQueue: stack.taskQueue, apiTaskQueue: stack.apiTaskQueue });
  fourReceipts = await waitForReceipts(await decideFourGates());
});
afterAll(async () => {
  await stack.stop();
  await server.stop();
});

const startProcess = (): Promise<WorkflowHandle> =>
  stack.client.workflow.start('paysInTwoExecutions', {
    taskQueue: stack.taskQueue,
    workflowId: `pay-${randomUUID()}`,
    args: [{}],
  });
const waitForGate = (handle: WorkflowHandle, title: string) =>
  eventually(async () => {
    const gate = await waitForOpenGate(handle).catch(() => undefined);
    return gate?.title === title && gate;
  });

/** Two gates of a process and of a run, with a continue-as-new between them. Both workflows are closed then. */
async function decideFourGates(): Promise<WorkflowHandle[]> {
  const process = await startProcess();
  await duvo.gates.answer(await waitForGate(process, 'Pay 1?'), { approved: true, by: 'alice', comment: '=1+1' });
  await duvo.gates.answer(await waitForGate(process, 'Pay 9999?'), { approved: false, by: 'bob' });
  await process.result();
  stack.simulator.script('agent', {
    steps: [
      { ask: { type: 'approval', title: 'one' } },
      { ask: { type: 'question', title: 'two', questions: [{ question: 'Why?' }] } },
      { end: 'completed' },
    ],
  });
  const run = await stack.start({ agentId: 'agent' });
  const { requestHash, ...one } = await waitForGate(run, 'one');
  await duvo.gates.answer(one, { approved: true, by: 'alice', requestHash });
  const two = await waitForGate(run, 'two');
  const firstRunId = (await run.describe()).runId;
  await eventually(async () => {
    await run.signal('hint', { source: 'test' });
    return (await run.describe()).runId !== firstRunId;
  });
  await duvo.gates.answer(two, { answers: { 'Why?': 'As agreed' }, by: 'bob' });
  await run.result();
  return [process, run];
}

async function waitForReceipts(handles: WorkflowHandle[]): Promise<ExportedReceipt[]> {
  return eventually(async () => {
    const all = await collect(duvo.gates.receipts());
    const own = all.filter(({ ref }) => handles.some(({ workflowId }) => ref.startsWith(`${workflowId}#`)));
    return own.length === 4 && own;
  });
}

test('closed workflows have a chain of receipts that goes on through continue-as-new', async () => {
  expect(fourReceipts).toMatchObject([
    { n: 1, gateId: 'pay', verdict: 'approved', by: 'alice', via: 'update', comment: '=1+1' },
    { n: 2, gateId: 'pay', verdict: 'denied', by: 'bob' },
    { n: 1, verdict: 'approved', by: 'alice' },
    { n: 2, verdict: 'answered', by: 'bob', answersHash: expect.any(String) as string },
  ]);
  const [first, second, third] = fourReceipts;
  expect(second).toMatchObject({ chain: first?.chain, previous: first?.hash });
  expect(third?.seenHash).toBe(third?.requestHash);
  const verifier = new ReceiptVerifier();
  for (const receipt of fourReceipts) expect(verifier.add(receipt)).toBeUndefined();
  expect(verifier.summary).toEqual({ receipts: 4, chains: 2, lateChains: 0, branches: 0 });
  const since = new Date(Date.parse(second?.at ?? ''));
  const later = await collect(duvo.gates.receipts({ since }));
  expect(later.map(({ hash }) => hash)).not.toContain(first?.hash);
  expect(later.map(({ hash }) => hash)).toContain(second?.hash);
  const earlier = await collect(duvo.gates.receipts({ until: since }));
  expect(earlier.map(({ hash }) => hash)).toContain(first?.hash);
  expect(earlier.map(({ hash }) => hash)).not.toContain(second?.hash);
});

test.each(['ndjson', 'csv'])('an export as %s verifies, and a changed byte of it is named', async (format) => {
  const folder = await mkdtemp(join(tmpdir(), 'receipts-'));
  const file = join(folder, 'receipts');
  const exported = await runCommand('gate', 'export', '--format', format, '--address', server.address);
  expect(exported).toMatchObject({ code: 0 });
  expect(exported.notes).toMatch(/^\d+ receipts$/);
  if (format === 'csv') expect(exported.out).toContain(",'=1+1,");
  await writeFile(file, `${exported.out}\n`);
  const verified = await runCommand('gate', 'verify', file);
  expect(verified).toMatchObject({ code: 0, notes: '' });
  expect(verified.out).toMatch(/^\d+ receipts in \d+ chains: every hash fits$/);
  const lines = (await readFile(file, 'utf8')).split('\n');
  const line = lines.findIndex((one) => one.includes('alice'));
  await writeFile(file, lines.with(line, lines[line]?.replace('alice', 'alicf') ?? '').join('\n'));
  const changed = await runCommand('gate', 'verify', file);
  expect(changed.code).toBe(1);
  expect(changed.notes).toContain(
    `line ${line + 1} (receipt ${format === 'csv' ? line : line + 1}): hash: does not fit`,
  );
});

test('a gate that nobody answers has a receipt without a person', async () => {
  const workflowId = randomUUID();
  const gate = { title: 'Pay?', due: 1, onTimeout: 'deny' };
  await stack.client.workflow.execute('asksOf', { taskQueue: stack.taskQueue, workflowId, args: [[gate]] });
  const { receipts } = await stack.client.workflow
    .getHandle(workflowId)
    .query<{ receipts: ExportedReceipt[] }>('receipts');
  expect(receipts).toMatchObject([{ n: 1, verdict: 'timed-out' }]);
  expect(receipts[0]).not.toHaveProperty('by');
});

test('each counted approval has a receipt with the groups of the person, and the last one closes the gate', async () => {
  const gate = { id: 'two', title: 'Pay?', quorum: { legal: 1, finance: 1 } };
  const workflowId = randomUUID();
  const handle = await stack.client.workflow.start('asksOf', {
    taskQueue: stack.taskQueue,
    workflowId,
    args: [[gate]],
  });
  const { ref } = await waitForGate(handle, 'Pay?');
  await duvo.gates.answer(ref, { approved: true, by: 'alice', groups: ['legal'] });
  await duvo.gates.answer(ref, { approved: true, by: 'bob', groups: ['finance'] });
  await handle.result();
  const { receipts } = await handle.query<{ receipts: ExportedReceipt[] }>('receipts');
  expect(receipts).toMatchObject([
    { n: 1, verdict: 'approved', status: 'open', by: 'alice', groups: ['legal'] },
    { n: 2, verdict: 'approved', status: 'closed', by: 'bob', groups: ['finance'] },
  ]);
  expect(receipts[1]?.policyHash).toBe(hashJson({ quorum: { legal: 1, finance: 1 } }));
});

test('continue-as-new carries the changes of a gate by hand', async () => {
  stack.simulator.script('changed', { steps: [{ ask: { type: 'approval', title: 'Pay?' } }, { end: 'completed' }] });
  const handle = await stack.start({
    agentId: 'changed',
    gate: { approvers: ['alice'], due: '1h', onTimeout: 'deny' },
  });
  const { gateId } = await waitForOpenGate(handle);
  const change = { gateId, by: 'boss', reason: 'Alice is ill' };
  await handle.executeUpdate('reassignGate', { args: [{ ...change, approvers: ['bob'] }] });
  await handle.executeUpdate('extendGate', { args: [{ ...change, due: '2100-01-01T00:00:00Z' }] });
  const gate = await waitForOpenGate(handle);
  expect(gate).toMatchObject({ due: '2100-01-01T00:00:00.000Z', events: [{ by: 'boss' }, { by: 'boss' }] });
  const firstRun = (await handle.describe()).runId;
  await eventually(async () => {
    await handle.signal('hint', { source: 'test' });
    return (await handle.describe()).runId !== firstRun;
  });
  expect(await waitForOpenGate(handle)).toEqual(gate);
  await handle.executeUpdate('extendGate', { args: [{ ...change, due: 1 }] });
  expect(await handle.result()).toMatchObject({
    gates: [{ outcome: 'timed-out', policy: { approvers: ['bob'] }, events: [{}, {}, { type: 'extended' }] }],
  });
});

test('an answer to an earlier request of a gate is refused as stale, by update and by signal', async () => {
  const handle = await startProcess();
  const { ref, gateId, requestHash } = await waitForGate(handle, 'Pay 1?');
  expect(await duvo.gates.get(ref)).toMatchObject({ requestHash });
  await duvo.gates.answer(ref, { approved: true, by: 'alice', requestHash });
  const second = await waitForGate(handle, 'Pay 9999?');
  const stale = { approved: true, by: 'alice', requestHash };
  expect(await failureOf(duvo.gates.answer(ref, stale))).toMatchObject({ type: 'Duvo.AnswerStale' });
  await handle.signal('answerGate', { gateId, ...stale });
  const [unused] = await eventually(async () => {
    const all = await handle.query<UnusedAnswer[]>('unusedAnswers');
    return all.length > 0 && all;
  });
  expect(unused?.reason).toContain('read the gate again');
  await duvo.gates.answer(ref, { approved: true, by: 'bob', requestHash: second.requestHash });
  expect(await handle.result()).toEqual(['alice', 'bob']);
});

test('an answer to another request than that of a run is refused as stale, and the gate stays open', async () => {
  stack.simulator.script('stale', { steps: [{ ask: { type: 'approval', title: 'Pay?' } }, { end: 'completed' }] });
  const gate = await waitForOpenGate(await stack.start({ agentId: 'stale' }));
  const answer = { approved: true, by: 'alice' };
  expect(await failureOf(duvo.gates.answer(gate, { ...answer, requestHash: '0'.repeat(64) }))).toMatchObject({
    type: 'Duvo.AnswerStale',
  });
  expect(await failureOf(duvo.gates.answer(gate, { ...answer, requestHash: 'x' }))).toMatchObject({
    type: 'Duvo.AnswerInvalid',
  });
  expect(await duvo.gates.answer(gate, { ...answer, requestHash: gate.requestHash })).toMatchObject({
    outcome: 'approved',
  });
});
