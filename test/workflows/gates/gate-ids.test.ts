import { randomUUID } from 'node:crypto';
import type { Gate, UnusedAnswer } from '../../../contract/gates/gates';
import { failureOf } from '../../support/failures';
import { duvo, setUpDuvoWorkflows, stack } from '../../support/duvo-workflows';
import { eventually, waitForOpenGate } from '../../support/stack';

setUpDuvoWorkflows();

const start = (type: string, ...args: unknown[]) =>
  stack.client.workflow.start(type, { taskQueue: stack.taskQueue, workflowId: randomUUID(), args });
const APPROVED = { approved: true, by: 'mallory' };

test('the id of a gate that was closed long ago is refused, and an old answer to it fits no gate', async () => {
  const handle = await start('reusesOldGateId');
  const readGates = () => handle.query<Gate[], [object]>('gates', {});
  await eventually(async () => {
    const gates = await readGates().catch(() => []);
    return gates.length > 100 && !gates.some(({ gateId }) => gateId === 'first');
  });
  const late = duvo.gates.answer(`${handle.workflowId}#first`, APPROVED);
  expect((await failureOf(late)).type).toBe('Duvo.GateClosed');
  await handle.signal('answerGate', { gateId: 'first', ...APPROVED });
  expect(await eventually(async () => (await handle.query<UnusedAnswer[]>('unusedAnswers'))[0])).toMatchObject({
    gateId: 'first',
    reason: 'the gate was closed long ago',
  });
  await handle.signal('goOn');
  expect(await handle.result()).toBe('Duvo.InvalidInput');
});

test('an answer to a gate with a generated id does not fit a gate of the run that continued the process', async () => {
  const handle = await start('asksInEachRun', {});
  const first = await waitForOpenGate(handle);
  await duvo.gates.answer(first, { approved: true, by: 'alice' });
  const second = await eventually(async () => {
    const gates = await handle.query<Gate[]>('gates').catch(() => []);
    return gates.find(({ title, status }) => title === 'Pay 9999?' && status === 'open');
  });
  expect((await failureOf(duvo.gates.answer(first, APPROVED))).type).toBe('Duvo.GateUnknown');
  await duvo.gates.answer(second, { approved: true, by: 'bob' });
  expect(await handle.result()).toBe('bob');
});
