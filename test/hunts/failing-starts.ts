import type { RunState } from '../../contract/runs';
import { eventually, type Stack, startStack } from '../support/stack';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ simulator: { idempotencyKeyMode: 'ignore' } });
  stack.simulator.script('five', { steps: [{ status: 'running' }] });
});
afterAll(() => stack.stop());

// The back-off of the attempts makes the time vary: two minutes as a rule, and more than five in rare cases.
test('starts get one run each while 45 % of all requests fail', async () => {
  const messages = Array.from({ length: 5 }, (_, n) => `Read invoice ${n + 1}`);
  stack.simulator.setChaos({ seed: 7, rate: 0.45, kinds: ['reset', 'dropResponse', '500'] });
  const watch = { every: [{ every: '1h' }] };
  const handles = await Promise.all(messages.map((message) => stack.start({ agentId: 'five', message, watch })));
  await Promise.all(
    handles.map((handle) =>
      eventually(async () => {
        const { runId, status } = await handle.query<RunState>('runState');
        return runId ?? (status !== 'starting' && status);
      }, 1_200_000),
    ),
  );
  const created = stack.simulator.runs.filter(({ agentId }) => agentId === 'five').map(({ message }) => message);
  expect(created.sort()).toEqual(messages);
}, 1_260_000);
