import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuvoWorkflows } from 'duvo-temporal';
import { DuvoTestEnvironment } from 'duvo-temporal/testing';
import { EXCEPTIONS, type InvoiceResult, POSTER, READER, REVERSER } from '../../examples/invoice-exceptions/workflows';
import { failureOf } from '../support/failures';
import { eventually, silenceSdkLogs } from '../support/stack';
import { collect } from '../support/collect';

const WORKFLOWS = { workflowsPath: join(__dirname, '../../examples/invoice-exceptions/workflows.ts') };
const SMALL = { supplier: 'Acme', total: 120, oddities: ['no order number', 'a new bank account'] };
const folder = mkdtempSync(join(tmpdir(), 'invoices-'));
const file = join(folder, '4711.pdf');

let env: DuvoTestEnvironment;
beforeAll(async () => {
  silenceSdkLogs();
  writeFileSync(file, '%PDF-1.7 an invoice');
  env = await DuvoTestEnvironment.create({ dialect: 'v2' });
  env.simulator.addQueue({ id: EXCEPTIONS });
  for (const agentId of [POSTER, REVERSER]) env.simulator.script(agentId, { steps: [{ end: 'completed' }] });
}, 120_000);
afterAll(async () => {
  env.simulator.setChaos(undefined);
  await env.stop();
  rmSync(folder, { recursive: true });
});

const reads = (...says: unknown[]) =>
  env.simulator.script(READER, {
    steps: says.map((one) => ({ end: 'completed' as const, says: JSON.stringify(one) })),
  });
const runsOf = (agentId: string) => env.simulator.runs.filter((run) => run.agentId === agentId).length;

/** Runs one invoice through; the gate, if one opens, is answered so. */
function take(number: string, approved?: boolean): Promise<InvoiceResult> {
  return env.withWorker(WORKFLOWS, async () => {
    const workflowId = `invoice-${number}`;
    const args = [{ number, file }];
    const handle = await env.client.workflow.start('invoiceException', { taskQueue: 'duvo', workflowId, args });
    if (approved !== undefined) {
      const duvo = new DuvoWorkflows(env.client);
      const [gate] = await eventually(async () => {
        const open = (await collect(duvo.gates.list())).filter(({ ref }) => ref.startsWith(`${workflowId}#`));
        return open.length > 0 && open;
      });
      await duvo.gates.answer(gate?.ref ?? '', { approved, by: 'alice' });
    }
    return (await handle.result()) as InvoiceResult;
  });
}

test('a small invoice is posted without a person, and its oddities become cases', async () => {
  reads(SMALL);
  const result = await take('4711');
  expect(result).toMatchObject({ status: 'posted', total: 120 });
  expect(result.cases).toHaveLength(2);
  expect(env.simulator.runs.find(({ agentId }) => agentId === READER)).toMatchObject({ status: 'completed' });
});

test('a large one is posted when a person approves', async () => {
  reads({ ...SMALL, total: 20_000, oddities: [] });
  expect(await take('4712', true)).toEqual({ status: 'posted', total: 20_000, by: 'alice', cases: [] });
});

test('a large one that is denied is not posted', async () => {
  reads({ ...SMALL, total: 20_000 });
  const before = runsOf(POSTER);
  expect(await take('4713', false)).toMatchObject({ status: 'denied', by: 'alice', cases: [] });
  expect(runsOf(POSTER)).toBe(before);
});

test('the cases are refused: the posting is reversed, and the failure is that of the cases', async () => {
  reads(SMALL);
  const refused = env.simulator.addFault({ on: 'create-cases', times: Infinity, how: { status: 403 } });
  const before = runsOf(REVERSER);
  expect((await failureOf(take('4714'))).type).toBe('Duvo.Forbidden');
  expect(runsOf(REVERSER)).toBe(before + 1);
  refused.remove();
});

test('a Duvo that loses, breaks and refuses a third of the requests: each agent runs once, each case is there once', async () => {
  reads({ supplier: 'Acme', total: 'much', oddities: [] }, SMALL);
  const before = [READER, POSTER, REVERSER].map(runsOf);
  const since = env.simulator.ledger.at(-1)?.seq ?? 0;
  env.simulator.setChaos({ seed: 4711, rate: 0.3, kinds: ['reset', 'loseResponse', 'halfBody', '429', '503'] });
  const result = await take('4715');
  env.simulator.setChaos(undefined);
  expect(result).toMatchObject({ status: 'posted', total: 120 });
  expect(new Set(result.cases).size).toBe(2);
  const created = env.simulator.ledger.filter(({ operation, seq }) => operation === 'create-cases' && seq > since);
  expect(created.filter(({ committed }) => committed)).toHaveLength(1);
  expect([READER, POSTER, REVERSER].map(runsOf).map((count, index) => count - (before[index] ?? 0))).toEqual([1, 1, 0]);
}, 120_000);
