import { failureOf } from '../../support/failures';
import { rejectionOf } from '../../support/rejection';
import { ASKS, firstGate, scriptedInput } from '../../support/runs/scripted-runs';
import { duvo, setUpDuvoWorkflows, stack } from '../../support/duvo-workflows';
import { QUICK_WATCH } from '../../support/stack';

setUpDuvoWorkflows();

/** Expects that the starter is refused at the gate of the agent, and that another person is not. */
async function expectStarterRefused(agentId: string): Promise<void> {
  const { ref, excluded } = await firstGate(duvo, agentId);
  expect(excluded).toEqual(['alice']);
  const own = duvo.gates.answer(ref, { approved: true, by: 'alice' });
  expect(await failureOf(own)).toMatchObject({ type: 'Duvo.AnswerNotAllowed' });
  await duvo.gates.answer(ref, { approved: true, by: 'bob' });
}

test('the person who started a batch may not approve for its items', async () => {
  const { agentId } = scriptedInput(stack, ASKS);
  const template = { run: { agentId, watch: QUICK_WATCH, gate: { exclude: ['starter'] } } };
  const unnamed = await rejectionOf(duvo.batches.start([{ n: 0 }], { template }));
  expect(unnamed).toMatchObject({ name: 'InvalidInputError', field: 'startedBy' });
  const batch = await duvo.batches.start([{ n: 0 }], { template, startedBy: 'alice' });
  await expectStarterRefused(agentId);
  expect(await batch.result()).toMatchObject({ completed: 1 });
});

test('the person who started a process may not approve for the runs that it starts', async () => {
  const { agentId } = scriptedInput(stack, ASKS);
  const gate = { exclude: ['starter'] };
  const args = [{ agentId, watch: QUICK_WATCH, apiTaskQueue: stack.apiTaskQueue, gate }];
  const parent = await duvo.processes.start('parentOfOne', { args, startedBy: 'alice' });
  await expectStarterRefused(agentId);
  await parent.result();
});
