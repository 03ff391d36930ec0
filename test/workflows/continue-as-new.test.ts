import type { AgentRunResult, RunState } from '../../workflows/contract';
import { type DevServer, startDevServer } from '../../workers';
import { eventually, openGate, type Stack, startStack } from '../support/stack';

let server: DevServer;
let stack: Stack;
beforeAll(async () => {
  // A real server that asks for it early.
  server = await startDevServer({ dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': 40 } });
  stack = await startStack({ address: server.address });
});
afterAll(async () => {
  await stack.stop();
  await server.stop();
});

test('continued as new with a gate open: the gate, an early answer, the clocks and the search attributes are carried', async () => {
  stack.simulator.script('agent', {
    steps: [
      { status: 'pending', looks: 1 },
      { ask: { type: 'approval', title: 'one' } },
      { ask: { type: 'approval', title: 'two' } },
      { end: 'completed' },
    ],
    says: 'done',
  });
  const handle = await stack.start({ agentId: 'agent' });
  const first = await openGate(handle);
  await handle.signal('answerGate', { gateId: 'too early', approved: true, by: 'early bird' });
  await handle.executeUpdate('submitAnswer', { args: [{ gateId: first.gateId, approved: true, by: 'alice' }] });
  const second = await eventually(async () => {
    const gate = await openGate(handle);
    return gate.gateId !== first.gateId && gate;
  });
  const firstRun = (await handle.describe()).runId;
  // Each hint restarts the watch: events, until the server suggests to continue.
  await eventually(async () => {
    await handle.signal('hint', { source: 'test' });
    return (await handle.describe()).runId !== firstRun;
  });
  const description = await handle.describe();
  expect(description.searchAttributes).toMatchObject({ DuvoOpenGates: [1], DuvoAgentId: ['agent'] });
  expect(description.memo).toMatchObject({ duvoGates: [{ gateId: second.gateId }] });
  expect(await openGate(handle)).toEqual(second);
  const before = await handle.query<RunState>('runState');
  expect(before).toMatchObject({ start: 'started', openGates: 1 });

  await handle.executeUpdate('submitAnswer', { args: [{ gateId: second.gateId, approved: false, by: 'bob' }] });
  const result = (await handle.result()) as AgentRunResult;
  expect(result).toMatchObject({
    runId: before.runId,
    output: 'done',
    start: 'started',
    gates: [
      { gateId: first.gateId, outcome: 'approved', by: 'alice' },
      { gateId: second.gateId, outcome: 'denied', by: 'bob' },
    ],
    unusedAnswers: [{ gateId: 'too early', by: 'early bird' }],
  });
  expect(result.clocks.humanMs).toBeGreaterThanOrEqual(before.clocks.humanMs);
  expect(stack.simulator.ledger.filter(({ committed }) => committed).map(({ operation }) => operation)).toEqual([
    'start',
    'respond',
    'respond',
  ]);
});
