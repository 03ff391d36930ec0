import { DuvoWorkflows } from '../../client';
import { runCommand } from '../support/command-line';
import { type Stack, startStack } from '../support/stack';

let stack: Stack;
let [runId, batchId, endedId] = ['', '', ''];
beforeAll(async () => {
  stack = await startStack();
  const { client, taskQueue, apiTaskQueue } = stack;
  stack.simulator.script('kinds', { steps: [{ status: 'running' }] });
  runId = (await new DuvoWorkflows(client, { taskQueue, apiTaskQueue }).runs.start({ agentId: 'kinds' })).workflowId;
  const batches = new DuvoWorkflows(client, { taskQueue, apiTaskQueue }).batches;
  const template = { workflow: { type: 'testItem' } };
  batchId = (await batches.start([{ n: 0, waits: true }], { template })).workflowId;
  const ended = await batches.start([{ n: 0 }], { template });
  await ended.result();
  endedId = ended.workflowId;
});
afterAll(() => stack.stop());

const run = (...args: string[]) => runCommand(...args, '--address', stack.address);
const statusOf = async (id: string) => (await stack.client.workflow.getHandle(id).describe()).status.name;

test.each([
  ...['show', 'pause', 'resume', 'cancel', 'results', 'redrive'].map((name) => ['batch', name]),
  ['batch', 'concurrency', '3'],
])('%s %s of a run is refused and does nothing', async (group, name, ...rest) => {
  const { code, notes } = await run(group, name, runId, ...rest);
  expect(notes).toBe(`${runId} is a run, not a batch: use npx duvo-temporal run`);
  expect(code).toBe(2);
  expect(await statusOf(runId)).toBe('RUNNING');
});

test.each(['show', 'wait', 'cancel'])('run %s of a batch is refused and does nothing', async (name) => {
  const { code, notes } = await run('run', name, batchId);
  expect(notes).toBe(`${batchId} is a batch, not a run: use npx duvo-temporal batch`);
  expect(code).toBe(2);
  expect(await statusOf(batchId)).toBe('RUNNING');
});

test('a workflow that is neither a run nor a batch is reported with its type', async () => {
  const itemId = `${endedId}/item/0`;
  expect((await run('run', 'show', itemId)).notes).toBe(
    `${itemId} is a process, not a run: use npx duvo-temporal process`,
  );
});

test.each([['pause'], ['resume'], ['concurrency', '3']])(
  'batch %s of an ended batch is refused',
  async (name, ...rest) => {
    const { code, notes } = await run('batch', name, endedId, ...rest);
    expect(notes).toBe(`the batch ${endedId} has ended (COMPLETED)`);
    expect(code).toBe(2);
  },
);

test.each([
  [['batch', 'pause', 'nobody'], /no batch with .*'nobody': .*see npx duvo-temporal batch list/],
  [['batch', 'cancel', 'nobody'], /no batch with .*'nobody': .*see npx duvo-temporal batch list/],
  [['run', 'wait', 'nobody'], /no run with .*'nobody': .*see npx duvo-temporal run list/],
  [['gate', 'show', 'nobody#g'], /no workflow with .*'nobody': see npx duvo-temporal gate list/],
  [['schedule', 'show', 'nobody'], /no schedule 'nobody': see npx duvo-temporal schedule list/],
])('%s reports whether a run or a batch is missing', async (args, message) => {
  const { code, notes } = await run(...args);
  expect(notes).toMatch(message);
  expect(code).toBe(5);
});
