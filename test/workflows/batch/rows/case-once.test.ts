import { collectRows, createBatchesClient } from '../../../support/batches';
import { type Stack, startStack } from '../../../support/stack';

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
  v2.simulator.addFault({ operation: 'get-case', times: Infinity, effect: { status: 404 } });
  const batch = await startCases(v2);
  expect(await batch.result()).toMatchObject({ failed: 2 });
  const caseId = expect.any(String) as string;
  expect(await collectRows(batch)).toMatchObject([
    { type: 'Duvo.NotFound', attempts: 1, caseId, mayContinue: true },
    { type: 'Duvo.NotFound', attempts: 1, caseId, mayContinue: true },
  ]);
  expect(casesOf(v2)).toHaveLength(2);
});
