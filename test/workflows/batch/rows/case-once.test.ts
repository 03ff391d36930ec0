import { collectRows, createBatchesClient } from '../../../support/batches';
import { eventually, type Stack, startStack } from '../../../support/stack';

let stacks: Record<'v1' | 'v2', Stack>;
beforeAll(async () => {
  const [v1, v2] = await Promise.all([startStack({ dialect: 'v1' }), startStack({ dialect: 'v2' })]);
  stacks = { v1, v2 };
});
afterAll(() => Promise.all(Object.values(stacks).map((stack) => stack.stop())));

const casesOf = ({ simulator }: Stack) =>
  simulator.ledger.filter(({ operation, committed }) => operation === 'create-cases' && committed);
const addQueue = ({ simulator }: Stack) => {
  simulator.script('open', { steps: [{ status: 'running' }] });
  return simulator.addQueue({ agentId: 'open' });
};
const startCases = (stack: Stack) =>
  createBatchesClient(stack).start([{ number: 'a' }, { number: 'b' }], {
    template: { case: { queueId: addQueue(stack), title: 'Invoice {{number}}' } },
    attempts: 3,
  });

test('a dialect that cannot read cases creates none, and no attempt is repeated', async () => {
  const { v1 } = stacks;
  const batch = await startCases(v1);
  expect(await batch.result()).toMatchObject({ failed: 2 });
  expect(await collectRows(batch)).toMatchObject([
    { type: 'Duvo.NotInDialect', message: expect.stringContaining('dialect v2') as string, attempts: 1 },
    { type: 'Duvo.NotInDialect', attempts: 1 },
  ]);
  expect(casesOf(v1)).toEqual([]);
});

test('a case whose end cannot be read is in its row, and is not created again', async () => {
  const { v2 } = stacks;
  const lost = v2.simulator.addFault({ operation: 'get-case', times: Infinity, effect: { status: 404 } });
  const batch = await startCases(v2);
  expect(await batch.result()).toMatchObject({ failed: 2 });
  const caseId = expect.any(String) as string;
  expect(await collectRows(batch)).toMatchObject([
    { type: 'Duvo.NotFound', attempts: 1, caseId, mayContinue: true },
    { type: 'Duvo.NotFound', attempts: 1, caseId, mayContinue: true },
  ]);
  expect(casesOf(v2)).toHaveLength(2);
  lost.remove();
});

const REFUSAL = { status: 403, body: { error: 'forbidden', message: 'no' } };

test.each(['dropResponse', 'truncateBody'] as const)(
  'a case whose creation lost its response, and was then refused, may exist and is not created again: %s',
  async (fault) => {
    const { v2 } = stacks;
    const before = casesOf(v2).length;
    const effect = fault === 'dropResponse' ? { dropResponse: true as const } : { truncateBody: true as const };
    v2.simulator.addFault({ operation: 'create-cases', effect });
    v2.simulator.addFault({ operation: 'create-cases', effect: REFUSAL });
    const batch = await createBatchesClient(v2).start([{ number: 'c' }], {
      template: { case: { queueId: addQueue(v2), title: 'Invoice {{number}}' } },
      attempts: 3,
    });
    expect(await batch.result()).toMatchObject({ failed: 1 });
    const message = expect.stringContaining('may have taken effect') as string;
    expect(await collectRows(batch)).toMatchObject([{ status: 'failed', mayContinue: true, attempts: 1, message }]);
    expect(casesOf(v2)).toHaveLength(before + 1);
    const redrive = createBatchesClient(v2).redrive(batch.workflowId);
    await expect(redrive).rejects.toMatchObject({ name: 'NothingToRedriveError', leftOut: 1 });
    expect(casesOf(v2)).toHaveLength(before + 1);
  },
);

test('a case whose creation was refused and had no effect is created by the next attempt', async () => {
  const { v2 } = stacks;
  const before = casesOf(v2).length;
  v2.simulator.addFault({ operation: 'create-cases', effect: REFUSAL });
  const batch = await createBatchesClient(v2).start([{ number: 'd' }], {
    template: { case: { queueId: addQueue(v2), title: 'Invoice {{number}}' } },
    attempts: 2,
  });
  await eventually(() => casesOf(v2).length === before + 1);
  await batch.cancel();
  expect(await collectRows(batch)).toMatchObject([{ status: 'canceled', attempts: 2 }]);
});

test('an item whose own workflow created cases before a call was refused is not run again', async () => {
  const { v2 } = stacks;
  const before = casesOf(v2).length;
  const queueId = addQueue(v2);
  v2.simulator.addFault({ operation: 'create-cases', skip: 1, effect: REFUSAL });
  const cases = Array.from({ length: 101 }, (_one, n) => ({ title: `Invoice ${n}` }));
  const batch = await createBatchesClient(v2).start([{ number: 'e' }], {
    template: { workflow: { type: 'fillsQueueOfItem', input: { queueId, cases, apiTaskQueue: v2.apiTaskQueue } } },
    attempts: 3,
  });
  expect(await batch.result()).toMatchObject({ failed: 1 });
  expect(await collectRows(batch)).toMatchObject([{ type: 'Duvo.Forbidden', mayContinue: true, attempts: 1 }]);
  expect(casesOf(v2).length).toBe(before + 1);
});
