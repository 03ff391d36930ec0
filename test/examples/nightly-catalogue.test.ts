import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { checkScheduleFile, DuvoWorkflows, type SchedulesClient } from 'duvo-temporal/client';
import { DuvoTestEnvironment } from 'duvo-temporal/testing';
import * as activities from '../../examples/nightly-catalogue/activities';
import type { Finding } from '../../examples/nightly-catalogue/finding';
import { CHECKERS, type NightResult, WITHDRAWER } from '../../examples/nightly-catalogue/workflows';
import { eventually } from '../support/stack';
import { collect } from '../support/collect';

const EXAMPLE = join(__dirname, '../../examples/nightly-catalogue');
const ID = 'nightly-catalogue';
const folder = mkdtempSync(join(tmpdir(), 'catalogue-'));
const [catalogue, reports] = [join(folder, 'catalogue.csv'), join(folder, 'reports')];
const { food: FOOD = '', toys: TOYS = '' } = CHECKERS;

/** The example's schedules, with the paths of this test's files. */
const file = checkScheduleFile(parse(readFileSync(join(EXAMPLE, 'schedules.yaml'), 'utf8')));
const schedule = file.schedules[ID] ?? {};
schedule.workflow = { type: 'nightlyCatalogue', args: [{ catalogue, reports }] };

let env: DuvoTestEnvironment;
let schedules: SchedulesClient;
beforeAll(async () => {
  env = await DuvoTestEnvironment.create();
  schedules = new DuvoWorkflows(env.client).schedules;
  env.simulator.script(WITHDRAWER, { steps: [{ end: 'completed' }] });
}, 120_000);
afterAll(async () => {
  await env.stop();
  rmSync(folder, { recursive: true });
});

const scriptFinding = (agentId: string, finding: Finding) =>
  env.simulator.script(agentId, { steps: [{ end: 'completed' }], lastMessage: JSON.stringify(finding) });
const countRuns = (agentId: string) => env.simulator.runs.filter((run) => run.agentId === agentId).length;
const writeCatalogue = (...products: [sku: string, category: string][]) =>
  writeFileSync(
    catalogue,
    ['sku,name,category', ...products.map(([sku, category]) => `${sku},The ${sku},${category}`)].join('\n'),
  );

/** Triggers the schedule, and returns the result of the workflow and the lines of its report. */
async function runNight(people: () => Promise<unknown> = async () => {}) {
  const { outcome, workflowId = '' } = await schedules.trigger(ID);
  expect(outcome).toBe('started');
  await people();
  const result = (await env.client.workflow.getHandle(workflowId).result()) as NightResult;
  return { result, report: readFileSync(result.report, 'utf8').trimEnd().split('\n') };
}

test('two nights of a schedule write reports with a withdrawn product and a product without an agent', async () => {
  expect(await schedules.apply(file)).toMatchObject([{ id: ID, change: 'create' }]);
  expect(await schedules.apply(file)).toMatchObject([{ change: 'unchanged' }]);

  scriptFinding(FOOD, { ok: true, comment: 'as it should be' });
  scriptFinding(TOYS, { ok: false, comment: 'no "CE" mark', withdraw: true });
  writeCatalogue(['bread', 'food'], ['mower', 'garden'], ['doll', 'toys'], ['milk', 'food']);
  const workerOptions = { workflowsPath: join(EXAMPLE, 'workflows.ts'), activities, taskQueue: schedule.taskQueue };
  await env.withWorker(workerOptions, async () => {
    const duvo = new DuvoWorkflows(env.client);
    const first = await runNight(async () => {
      const { ref, title } = await eventually(async () => (await collect(duvo.gates.list()))[0]);
      expect(title).toBe('Take doll out of the shop?');
      expect(await duvo.gates.get(ref)).toMatchObject({ description: 'no "CE" mark' });
      await duvo.gates.answer(ref, { approved: true, by: 'alice' });
    });
    expect(first.result).toMatchObject({ checked: 3, failed: 1 });
    expect(first.report).toEqual([
      '"sku","result","finding"',
      '"bread","ok","as it should be"',
      '"mower","failed","Duvo.InvalidInput"',
      '"doll","withdrawn","no ""CE"" mark"',
      '"milk","ok","as it should be"',
    ]);
    expect([FOOD, TOYS, WITHDRAWER].map(countRuns)).toEqual([2, 1, 1]);

    // The next night checks the same products again and writes another report.
    scriptFinding(TOYS, { ok: false, comment: 'the picture is missing' });
    writeCatalogue(['doll', 'toys'], ['bread', 'food']);
    const second = await runNight();
    expect(second.result).toMatchObject({ checked: 2, failed: 0 });
    expect(second.report.slice(1)).toEqual([
      '"doll","to review","the picture is missing"',
      '"bread","ok","as it should be"',
    ]);
    expect([FOOD, TOYS, WITHDRAWER].map(countRuns)).toEqual([3, 2, 1]);
    expect(readdirSync(reports)).toHaveLength(2);
  });
}, 120_000);

test.each([
  ['without a clock change', '2037-03-23T00:00:00Z', ['2037-03-23T01', '2037-03-24T01', '2037-03-25T01']],
  ['over the night without a 02:00', '2037-03-27T00:00:00Z', ['2037-03-27T01', '2037-03-30T00', '2037-03-31T00']],
  ['over the night with two 02:00', '2037-10-23T00:00:00Z', ['2037-10-23T00', '2037-10-26T01', '2037-10-27T01']],
])('the schedule starts at 02:00 in Prague on every weekday, %s', async (_what, start, hours) => {
  const times = await schedules.preview({ ...schedule, start, jitter: undefined }, { count: 3 });
  expect(times.map((time) => new Date(time).toISOString().slice(0, 13))).toEqual(hours);
});
