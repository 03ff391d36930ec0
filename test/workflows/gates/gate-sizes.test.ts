import { randomUUID } from 'node:crypto';
import { Client, type WorkflowHandle } from '@temporalio/client';
import { DuvoWorkflows } from '../../../client';
import { jsonBytes } from '../../../contract';
import * as book from '../../../workflows/gates/gate-book';
import { collect } from '../../support/collect';
import { countFailedTasks } from '../../support/text-sizes/failed-tasks';
import { failureOf } from '../../support/failures';
import type { DelayedGateInput } from '../../support/workflows/processes';
import { duvo, setUpDuvoWorkflows, stack } from '../../support/duvo-workflows';
import { eventually } from '../../support/stack';
import { startReceiptLog } from '../../../workflows/gates/receipt-log';

setUpDuvoWorkflows();

const begin = (inputs: DelayedGateInput[]): Promise<WorkflowHandle> =>
  stack.client.workflow.start('asksOf', { taskQueue: stack.taskQueue, workflowId: randomUUID(), args: [inputs] });

/** Starts a process with many open gates and waits until visibility lists it with all of them. */
async function beginListed(inputs: DelayedGateInput[]): Promise<WorkflowHandle> {
  const handle = await begin(inputs);
  await eventually(async () => {
    const { searchAttributes } = await handle.describe();
    return (searchAttributes['DuvoOpenGates'] as number[] | undefined)?.[0] === inputs.length;
  });
  return handle;
}

test('100 approvals with long titles and ids are listed, read, and answered at once by several clients', async () => {
  const inputs = Array.from({ length: 100 }, (_one, n) => ({
    title: '請'.repeat(2_000),
    id: `${'請'.repeat(60)}-${n}`,
  }));
  const handle = await beginListed(inputs);
  expect(await countFailedTasks(handle)).toBe(0);
  const listed = await eventually(async () => {
    const gates = (await collect(duvo.gates.list({ processType: 'asksOf' }))).filter(({ ref }) =>
      ref.startsWith(handle.workflowId),
    );
    return gates.length === 100 && gates;
  });
  // All answers have ended before the connection closes: Temporal's client cannot stop the retry of a call, and a retry on a
  // closed connection is an uncaught error, which jest counts as a failure of its next file.
  const clients = [0, 1, 2].map(() => new DuvoWorkflows(new Client({ connection: stack.client.connection })));
  const answers = clients.flatMap(({ gates }, n) =>
    listed
      .filter((_one, at) => at % clients.length === n)
      .map(({ ref }) => gates.answer(ref, { approved: true, by: 'alice' }, { timeoutMs: 240_000 })),
  );
  const settled = await Promise.allSettled(answers);
  expect(
    settled.flatMap((one) =>
      one.status === 'rejected' ? [String((one.reason as Error & { cause?: unknown }).cause ?? one.reason)] : [],
    ),
  ).toEqual([]);
  expect(await handle.result()).toHaveLength(100);
  expect(await countFailedTasks(handle)).toBe(0);
}, 300_000);

test('25 open approvals with descriptions of 200 KB can be read, all and each', async () => {
  const inputs = Array.from({ length: 25 }, (_one, n) => ({ title: `Pay ${n}?`, descriptionBytes: 200_000 }));
  const handle = await beginListed(inputs);
  const process = duvo.processes.get(handle.workflowId);
  expect((await process.gates()).map(({ description = '' }) => description.length)).toEqual(inputs.map(() => 200_000));
  expect(await duvo.gates.get(`${handle.workflowId}#p-25`)).toMatchObject({ title: 'Pay 24?' });
  await handle.terminate();
});

test.each([
  ['title', { title: '請'.repeat(2_001) }],
  ['description', { title: 'x', description: `${'請'.repeat(66_666)}xxx` }],
  ['id', { title: 'x', id: 'x'.repeat(201) }],
  ['questions', { title: 'x', questions: [{ question: 'x'.repeat(200_000) }] }],
])('a text over its limit is refused by name before a gate opens: %s', async (field, input) => {
  const handle = await begin([{ ...input, rethrow: true }]);
  expect(await failureOf(handle.result())).toMatchObject({
    type: 'Duvo.InvalidInput',
    details: [{ field, problem: expect.stringContaining('limit') as string }],
  });
});

/** Opens and closes gates as a run does that asks for ever. */
function bookWithClosedGates(count: number, comment: string): book.GateBook {
  const gates: book.GateBook = {
    workflowId: 'w',
    gates: [],
    earlyAnswers: [],
    unusedAnswers: [],
    receipts: startReceiptLog('c'),
  };
  for (let n = 0; n < count; n++) {
    const request = { gateId: `g-${n}`, source: 'duvo' as const, type: 'approval' as const, title: '請'.repeat(2_000) };
    const record = book.openGate(gates, request, n);
    book.closeAnswered(gates, record, { gateId: `g-${n}`, approved: true, by: 'alice', comment, via: 'update' }, n);
  }
  return gates;
}

test('the closed gates of a workflow have a limit together, and keep who decided what and when', () => {
  const { gates, omittedGates } = bookWithClosedGates(200, '😀'.repeat(5_000));
  expect(jsonBytes(gates)).toBeLessThan(500_000);
  expect(omittedGates).toBeUndefined();
  expect(gates).toHaveLength(200);
  for (const { gate } of gates) expect(gate).toMatchObject({ outcome: 'approved', by: 'alice', via: 'update' });
  expect(gates[0]?.gate.comment).toMatch(/^(😀){50}… \(the rest is in the history\)$/u);
  expect(gates.at(-1)?.gate.comment).toBe('😀'.repeat(5_000));
});

test('the oldest closed gates are left out and counted when no text can be cut any more', () => {
  const { gates, omittedGates = 0 } = bookWithClosedGates(5_000, 'checked');
  expect(jsonBytes(gates)).toBeLessThan(500_000);
  expect(gates.length + omittedGates).toBe(5_000);
  expect(gates.at(-1)?.gate.gateId).toBe('g-4999');
});

test('answers to gates that are not open have a limit together, and further ones are counted as unused', () => {
  const gates: book.GateBook = {
    workflowId: 'w',
    gates: [],
    earlyAnswers: [],
    unusedAnswers: [],
    receipts: startReceiptLog('c'),
  };
  for (let n = 0; n < 5_000; n++) {
    const answer = { gateId: `g-${n}`, approved: true, by: '請'.repeat(1_000), comment: '\u0000'.repeat(10_000) };
    book.applyAnswerSignal(gates, answer, n);
  }
  const { earlyAnswers, unusedAnswers, omittedAnswers = 0 } = gates;
  expect(jsonBytes(earlyAnswers) + jsonBytes(unusedAnswers)).toBeLessThan(600_000);
  expect(earlyAnswers.length + unusedAnswers.length + omittedAnswers).toBe(5_000);
});

test('the id of another gate of the workflow is refused', async () => {
  const title = 'Pay 4711?';
  const handle = await begin([{ title, id: 'p-1' }, { title }, { title, id: 'p-1', rethrow: true }]);
  expect(await failureOf(handle.result())).toMatchObject({ type: 'Duvo.InvalidInput', details: [{ field: 'id' }] });
  const gates = await handle.query<{ gateId: string }[]>('gates');
  expect(gates.map(({ gateId }) => gateId)).toEqual(['p-1', 'p-2']);
});
