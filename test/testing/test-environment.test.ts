import { connect } from 'node:net';
import { join } from 'node:path';
import { DuvoTestEnvironment } from '../../testing';
import { TsProcess } from '../support/processes/ts-process';
import { bundleWorkflows } from '../support/bundle-workflows';
import { eventually, workflowBundle } from '../support/stack';

const workflowsPath = join(__dirname, '../support/workflows/no-agent-run.ts');

let noAgentRun: Awaited<ReturnType<typeof bundleWorkflows>>;
beforeAll(async () => {
  noAgentRun = await bundleWorkflows(workflowsPath);
}, 60_000);

describe.each([
  ['a time-skipping server', true],
  ['a dev server', false],
])('on %s', (_kind, timeSkipping) => {
  let env: DuvoTestEnvironment;
  beforeAll(async () => {
    env = await DuvoTestEnvironment.create({ timeSkipping });
  }, 120_000);
  afterAll(() => env.stop());

  /** Starts a workflow whose run never ends, under the given type, and waits until the run is polled. */
  async function startPolled(type: string, agentId: string) {
    env.simulator.script(agentId, { steps: [{ status: 'running' }] });
    const workflowId = `${agentId} ${timeSkipping}`;
    const handle = await env.client.workflow.start(type, { taskQueue: 'duvo', workflowId, args: [{ agentId }] });
    await env.simulator.waitFor((entry) => entry.operation === 'get' && entry.agentId === agentId);
    return handle;
  }

  test('a workflow that the module does not export fails at once with its name', async () => {
    await expect(env.execute('misspelt', noAgentRun)).rejects.toThrow(
      /workflow misspelt .*no such function is exported/,
    );
  }, 30_000);

  test('a module without agentRun fails at once with the line that is missing', async () => {
    const work = env.execute('runsAgent', { ...noAgentRun, args: ['agent-completes'] });
    await expect(work).rejects.toThrow(/workflow agentRun .*duvo-temporal\/workflows/);
  }, 30_000);

  test('a workflow that throws a TypeError fails at once with the message', async () => {
    await expect(env.execute('throwsTypeError', noAgentRun)).rejects.toThrow(/reading 'name'/);
  }, 30_000);

  test('a workflow that the test terminates fails with the reason', async () => {
    const work = env.withWorker({ workflowBundle: workflowBundle() }, async () => {
      const handle = await startPolled('agentRun', 'terminated');
      await handle.terminate('by the test');
      await handle.result();
    });
    await expect(work).rejects.toMatchObject({ cause: { message: 'by the test' } });
  }, 30_000);

  test('a workflow whose child the test terminates fails at once', async () => {
    const work = env.withWorker({ workflowBundle: workflowBundle() }, async () => {
      const handle = await startPolled('parentOfOne', 'child terminated');
      const { events } = await handle.fetchHistory();
      const [childId = ''] = (events ?? []).flatMap(
        ({ childWorkflowExecutionStartedEventAttributes: started }) => started?.workflowExecution?.workflowId ?? [],
      );
      await env.client.workflow.getHandle(childId).terminate('by the test');
      await handle.result();
    });
    await expect(work).rejects.toThrow();
  }, 30_000);
});

test('a test environment prints nothing, and its server ends when the process is killed', async () => {
  const parent = TsProcess.start(join(__dirname, '../support/processes/test-environment-parent.ts'), process.env);
  const { address, result } = await parent.firstMessage<{ address: string; result: unknown }>();
  expect(result).toMatchObject({ status: 'completed', output: 'done' });
  expect(parent.output).toBe('');
  parent.child.kill('SIGKILL');
  await eventually(async () => !(await isPortOpen(address)));
}, 120_000);

function isPortOpen(address: string): Promise<boolean> {
  const [host, port] = address.split(':');
  return new Promise((resolve) => {
    const socket = connect(Number(port), host);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
