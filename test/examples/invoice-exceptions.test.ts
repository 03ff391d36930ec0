import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuvoWorkflows } from 'duvo-temporal';
import { DuvoTestEnvironment } from 'duvo-temporal/testing';
import { EXCEPTIONS, type InvoiceResult, POSTER, READER, REVERSER } from '../../examples/invoice-exceptions/workflows';
import { failureOf } from '../support/failures';
import { bundleWorkflows } from '../support/bundle-workflows';
import { eventually } from '../support/stack';
import { collect } from '../support/collect';

const WORKFLOWS = join(__dirname, '../../examples/invoice-exceptions/workflows.ts');
const SMALL = { supplier: 'Acme', total: 120, oddities: ['no order number', 'a new bank account'] };
const folder = mkdtempSync(join(tmpdir(), 'invoices-'));
const file = join(folder, '4711.pdf');

let env: DuvoTestEnvironment;
let workflows: Awaited<ReturnType<typeof bundleWorkflows>>;
beforeAll(async () => {
  workflows = await bundleWorkflows(WORKFLOWS);
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

const scriptReader = (...messages: unknown[]) =>
  env.simulator.script(READER, {
    steps: messages.map((one) => ({ end: 'completed' as const, lastMessage: JSON.stringify(one) })),
  });
const countRuns = (agentId: string) => env.simulator.runs.filter((run) => run.agentId === agentId).length;

/** Runs the process for one invoice. With `approved`, answers its gate. */
function processInvoice(number: string, approved?: boolean): Promise<InvoiceResult> {
  return env.withWorker(workflows, async () => {
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

test('an invoice below the limit is posted without a decision, and its oddities become cases', async () => {
  scriptReader(SMALL);
  const result = await processInvoice('4711');
  expect(result).toMatchObject({ status: 'posted', total: 120 });
  expect(result.cases).toHaveLength(2);
  expect(env.simulator.runs.find(({ agentId }) => agentId === READER)).toMatchObject({ status: 'completed' });
});

test('an invoice above the limit is posted when a person approves', async () => {
  scriptReader({ ...SMALL, total: 20_000, oddities: [] });
  expect(await processInvoice('4712', true)).toEqual({ status: 'posted', total: 20_000, by: 'alice', cases: [] });
});

test('an invoice that a person denies is not posted', async () => {
  scriptReader({ ...SMALL, total: 20_000 });
  const before = countRuns(POSTER);
  expect(await processInvoice('4713', false)).toMatchObject({ status: 'denied', by: 'alice', cases: [] });
  expect(countRuns(POSTER)).toBe(before);
});

test('the posting is reversed when the cases are refused, and the workflow fails with the refusal', async () => {
  scriptReader(SMALL);
  const refused = env.simulator.addFault({ operation: 'create-cases', times: Infinity, effect: { status: 403 } });
  const before = countRuns(REVERSER);
  expect((await failureOf(processInvoice('4714'))).type).toBe('Duvo.Forbidden');
  expect(countRuns(REVERSER)).toBe(before + 1);
  refused.remove();
});

test('each agent runs once and each case is created once although a third of the requests fail', async () => {
  scriptReader({ supplier: 'Acme', total: 'much', oddities: [] }, SMALL);
  const before = [READER, POSTER, REVERSER].map(countRuns);
  const since = env.simulator.ledger.at(-1)?.seq ?? 0;
  env.simulator.setChaos({ seed: 4711, rate: 0.3, kinds: ['reset', 'dropResponse', 'truncateBody', '429', '503'] });
  const result = await processInvoice('4715');
  env.simulator.setChaos(undefined);
  expect(result).toMatchObject({ status: 'posted', total: 120 });
  expect(new Set(result.cases).size).toBe(2);
  const created = env.simulator.ledger.filter(({ operation, seq }) => operation === 'create-cases' && seq > since);
  expect(created.filter(({ committed }) => committed)).toHaveLength(1);
  expect([READER, POSTER, REVERSER].map(countRuns).map((count, index) => count - (before[index] ?? 0))).toEqual([
    1, 1, 0,
  ]);
}, 120_000);
