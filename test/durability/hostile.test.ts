import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { DuvoWorkflows } from 'duvo-temporal/client';
import { DuvoTestEnvironment } from 'duvo-temporal/testing';
import type { Gate } from 'duvo-temporal/workflows';
import * as invoices from '../../examples/invoice-exceptions/workflows';
import * as activities from '../../examples/nightly-catalogue/activities';
import * as nightly from '../../examples/nightly-catalogue/workflows';
import * as suppliers from '../../examples/supplier-onboarding/workflows';
import { failureOf } from '../support/failures';
import { collect } from '../support/collect';

/** Seeds of the random faults. Each seed has its own Temporal server and simulator, and all seeds run at the same time. */
const SEEDS = (process.env.HOSTILE_SEEDS ?? '11,13,17').split(',').map(Number);
/** Time with random faults. The faults then stop, because the delays between retries grow and the test must end. */
const HOSTILE_MS = 8_000;

const folder = mkdtempSync(join(tmpdir(), 'hostile-'));
const [invoice, catalogue] = [join(folder, 'invoice.pdf'), join(folder, 'catalogue.csv')];
const { food: FOOD = '', toys: TOYS = '' } = nightly.CHECKERS;
const PRODUCTS = ['sku,name,category', 'bread,Bread,food', 'mower,Mower,garden', 'doll,Doll,toys', 'milk,Milk,food'];
const READING = { supplier: 'Acme', total: 20_000, oddities: ['no order number', 'a new bank account'] };

const worlds = new Map<number, Promise<World>>();
beforeAll(async () => {
  writeFileSync(invoice, '%PDF-1.7 an invoice');
  writeFileSync(catalogue, PRODUCTS.join('\n'));
  const workflowsPath = join(__dirname, '../support/workflows/examples.ts');
  const workflowBundle = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
  for (const seed of SEEDS) {
    const world = live(seed, workflowBundle);
    // The test of this seed awaits the promise and reports its error; without this, Node would report it as unhandled.
    world.catch(() => undefined);
    worlds.set(seed, world);
  }
}, 60_000);
afterAll(async () => {
  await Promise.allSettled(worlds.values());
  rmSync(folder, { recursive: true });
});

type World = Awaited<ReturnType<typeof live>>;

/** Runs all examples at the same time against a simulator with random faults, and answers every gate that they open. */
async function live(seed: number, workflowBundle: { code: string }) {
  const env = await DuvoTestEnvironment.create({ dialect: 'v2' });
  const { simulator, client } = env;
  const people = answerAll(new DuvoWorkflows(client));
  let calm: NodeJS.Timeout | undefined;
  try {
    script(env);
    const begin = (type: string, workflowId: string, input: object): Promise<unknown> =>
      client.workflow.execute(type, { taskQueue: 'duvo', workflowId, args: [input] });
    const ends = await env.withWorker({ workflowBundle, activities }, async () => {
      simulator.setChaos({ seed, rate: 0.25 });
      calm = setTimeout(() => simulator.setChaos(undefined), HOSTILE_MS);
      const all = await Promise.all([
        begin('invoiceException', 'invoice-posted', { number: 'posted', file: invoice }),
        failureOf(begin('invoiceException', 'invoice-undone', { number: 'undone', file: invoice })),
        begin('onboardSupplier', 'supplier-Acme', { name: 'Acme', country: 'DE' }),
        begin('nightlyCatalogue', 'night', { catalogue, reports: join(folder, String(seed)) }),
      ]);
      await people.stop();
      return all;
    });
    const { runs, stats, ledger } = simulator;
    return { ends, runs, stats, faults: ledger.filter(({ fault }) => fault).length };
  } finally {
    clearTimeout(calm);
    people.stop().catch(() => undefined);
    await env.stop();
  }
}

/** Sets the scenarios of the agents. The agent that posts invoices requests an approval, and fails when it is denied. */
function script({ simulator }: DuvoTestEnvironment): void {
  const ends = (agentId: string, ...messages: unknown[]) =>
    simulator.script(agentId, {
      steps: messages.map((one) => ({ end: 'completed' as const, lastMessage: JSON.stringify(one) })),
    });
  simulator.addQueue({ id: invoices.EXCEPTIONS });
  ends(invoices.READER, { ...READING, total: 'much' }, READING);
  ends(invoices.REVERSER, 'reversed');
  simulator.script(invoices.POSTER, {
    steps: [{ ask: { type: 'approval', title: 'Post it?' }, onDenied: 'fail' }, { end: 'completed' }],
  });
  for (const agentId of [...suppliers.CHECKS, suppliers.CREATOR]) ends(agentId, 'fine');
  ends(FOOD, { ok: true, comment: 'fine' });
  ends(TOYS, { ok: false, comment: 'no mark', withdraw: true });
  ends(nightly.WITHDRAWER, 'withdrawn');
}

/** Answers each gate as soon as it is listed. Every gate is approved, except those of the invoice that is to be undone. */
function answerAll(duvo: DuvoWorkflows): { stop(): Promise<void> } {
  const asked = new Map<string, Promise<unknown>>();
  let stopped = false;
  const answer = ({ ref, type }: Pick<Gate, 'ref' | 'type'>) =>
    type === 'question'
      ? { answers: { 'Which payment terms?': '30 days' }, by: 'pia' }
      : { approved: !ref.startsWith('invoice-undone/'), by: 'pia' };
  const done = (async () => {
    while (!stopped) {
      for (const gate of await collect(duvo.gates.list()).catch(() => []))
        if (!asked.has(gate.ref)) {
          const given = duvo.gates.answer(gate.ref, answer(gate)).catch(() => asked.delete(gate.ref));
          asked.set(gate.ref, given);
        }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await Promise.all(asked.values());
  })();
  return {
    stop: () => {
      stopped = true;
      return done;
    },
  };
}

test.each(SEEDS)(
  'with random faults of seed %i, every example has its right result and every effect happens once',
  async (seed) => {
    const { ends, runs, stats, faults } = (await worlds.get(seed)) as World;
    const [posted, undone, supplier, night] = ends;
    expect(posted).toMatchObject({ status: 'posted', total: 20_000, by: 'pia' });
    expect(new Set((posted as invoices.InvoiceResult).cases).size).toBe(2);
    expect(undone).toMatchObject({ type: 'Duvo.RunFailed' });
    expect(supplier).toMatchObject({ status: 'created', findings: suppliers.CHECKS.map(() => '"fine"') });
    const { report, ...counts } = night as nightly.NightResult;
    expect(counts).toEqual({ checked: 3, failed: 1 });
    expect(readFileSync(report, 'utf8').trimEnd().split('\n').slice(1)).toEqual([
      '"bread","ok","fine"',
      '"mower","failed","Duvo.InvalidInput"',
      '"doll","withdrawn","no mark"',
      '"milk","ok","fine"',
    ]);

    const count = (agentId: string) => runs.filter((run) => run.agentId === agentId).length;
    const agents = [invoices.READER, invoices.POSTER, invoices.REVERSER, ...suppliers.CHECKS, suppliers.CREATOR];
    expect(agents.map(count)).toEqual([2, 2, 1, 1, 1, 1, 1]);
    expect([FOOD, TOYS, nightly.WITHDRAWER].map(count)).toEqual([2, 1, 1]);
    const done = Object.entries(stats).flatMap(([operation, { committed }]) =>
      committed ? [[operation, committed]] : [],
    );
    expect(Object.fromEntries(done)).toEqual({
      start: 13,
      'post-message': 2,
      respond: 2,
      'create-cases': 1,
      'create-sandbox': 2,
      'upload-file': 2,
    });
    expect(faults).toBeGreaterThan(0);
  },
  60_000,
);
