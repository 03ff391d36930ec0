import { runCommand } from '../../support/command-line';
import { eventually, type Stack, startStack } from '../../support/stack';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

test("run show shows the agent's last message of a run whose workflow runs, where Duvo can be read", async () => {
  const agentId = 'speaks';
  stack.simulator.script(agentId, {
    steps: [{ status: 'running', polls: 1 }, { end: 'completed' }],
    lastMessage: 'read',
  });
  const { workflowId } = await stack.start({ agentId, watch: { every: [{ every: '1h' }] } });
  const show = async () =>
    (await runCommand('run', 'show', workflowId, '--json', '--address', stack.address)).json<{
      runId?: string;
      lastMessage?: string;
    }>();
  const { runId } = await eventually(async () => {
    const shown = await show();
    return shown.runId !== undefined && shown;
  });
  expect(await show()).toEqual(expect.not.objectContaining({ lastMessage: expect.anything() as unknown }));
  const { apiKey, url } = stack.simulator;
  const headers = { authorization: `Bearer ${apiKey}` };
  // Each read advances the simulated agent. The workflow does not poll for an hour, so that only these reads see the end.
  await eventually(async () =>
    (await (await fetch(`${url}/v1/runs/${runId}`, { headers })).text()).includes('completed'),
  );
  process.env.DUVO_API_KEY = apiKey;
  process.env.DUVO_API_BASE_URL = url;
  try {
    expect(await show()).toMatchObject({ workflow: 'RUNNING', lastMessage: 'read' });
    expect((await runCommand('run', 'show', workflowId, '--address', stack.address)).out).toMatch(/last message +read/);
  } finally {
    delete process.env.DUVO_API_KEY;
    delete process.env.DUVO_API_BASE_URL;
    await stack.client.workflow.getHandle(workflowId).terminate();
  }
});
