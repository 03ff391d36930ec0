import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { DuvoTestEnvironment } from 'duvo-temporal/testing';
import type { Gate } from 'duvo-temporal/workflows';
import { CHECKS, CREATOR, type Onboarding } from '../../examples/supplier-onboarding/workflows';
import { bundleWorkflows } from '../support/bundle-workflows';
import { eventually } from '../support/stack';

const WORKFLOWS = join(__dirname, '../../examples/supplier-onboarding/workflows.ts');

let env: DuvoTestEnvironment;
let workflows: Awaited<ReturnType<typeof bundleWorkflows>>;
beforeAll(async () => {
  workflows = await bundleWorkflows(WORKFLOWS);
  env = await DuvoTestEnvironment.create({ timeSkipping: true });
  // The first poll finds the end of a run. Time is not skipped for another poll while the tests wait for gates.
  for (const agentId of CHECKS)
    env.simulator.script(agentId, { steps: [{ end: 'completed' }], lastMessage: `${agentId}: fine` });
  env.simulator.script(CREATOR, { steps: [{ end: 'completed' }] });
}, 300_000);
afterAll(() => env?.stop());

const findings = CHECKS.map((agentId) => `${agentId}: fine`);
const countCreated = () => env.simulator.runs.filter(({ agentId }) => agentId === CREATOR).length;
const openGates = (handle: WorkflowHandle, many: number) =>
  eventually(async () => {
    const gates = await handle.query<Gate[]>('gates').catch(() => []);
    const open = gates.filter(({ status }) => status === 'open');
    return open.length === many && open;
  });
const submit = (handle: WorkflowHandle, answer: object) => handle.executeUpdate('submitAnswer', { args: [answer] });

/** Onboards a supplier; `people` answers its gates. The result is awaited only afterwards, because waiting skips time. */
function onboard(name: string, people: (handle: WorkflowHandle) => Promise<unknown>): Promise<Onboarding> {
  return env.withWorker(workflows, async () => {
    const args = [{ name, country: 'DE' }];
    const workflowId = `supplier-${name}`;
    const handle = await env.client.workflow.start('onboardSupplier', { taskQueue: 'duvo', workflowId, args });
    await people(handle);
    return (await handle.result()) as Onboarding;
  });
}

test('the account is created after both approvals and the choice of terms', async () => {
  const before = countCreated();
  const result = await onboard('Acme', async (handle) => {
    expect((await openGates(handle, 2)).map(({ gateId }) => gateId)).toEqual(['purchasing', 'finance']);
    await submit(handle, { gateId: 'finance', approved: true, by: 'fred' });
    await submit(handle, { gateId: 'purchasing', approved: true, by: 'pia' });
    const [terms] = await openGates(handle, 1);
    await submit(handle, { gateId: terms?.gateId, answers: { 'Which payment terms?': '30 days' }, by: 'pia' });
  });
  expect(result).toEqual({ status: 'created', findings });
  expect(countCreated()).toBe(before + 1);
}, 60_000);

test('no account is created when one of the two refuses', async () => {
  const before = countCreated();
  const result = await onboard('Bolts', async (handle) => {
    await openGates(handle, 2);
    await submit(handle, { gateId: 'purchasing', approved: true, by: 'pia' });
    await submit(handle, { gateId: 'finance', approved: false, by: 'fred' });
  });
  expect(result).toEqual({ status: 'refused', refusedBy: 'fred', findings });
  expect(countCreated()).toBe(before);
}, 60_000);

test('the supplier is refused without a person when nobody answers for ten days', async () => {
  expect(await onboard('Cogs', async () => {})).toEqual({ status: 'refused', findings });
}, 60_000);
