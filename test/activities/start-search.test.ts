import { createDuvoActivities } from '../../activities';
import {
  again,
  AGENT,
  attempt,
  duvo,
  setUpStartAttempts,
  simulator,
  starts,
} from '../support/activities/start-attempts';

setUpStartAttempts();

test.each([
  ['is not adopted', undefined],
  ['is adopted when the format of first messages is known', 'A task:\n{message}'],
])('a run whose first message contains the message of the start %s', async (_what, firstMessageFormat) => {
  simulator.addFault({ operation: 'start', effect: { reset: true } });
  await attempt();
  const other = createDuvoActivities({ client: duvo, firstMessageFormat });
  await duvo.runs.start({ agentId: AGENT, message: 'A task:\nread it' }, { idempotencyKey: 'of somebody else' });
  const { snapshot, failure } = await attempt(again(undefined), 'key', 'read it', other);
  if (firstMessageFormat) expect(snapshot).toMatchObject({ runId: simulator.runs[0]?.id, origin: 'adopted' });
  else expect(failure).toMatchObject({ nonRetryable: false, message: expect.stringContaining('similar') as string });
});

test('a search reads at most fifty messages in an attempt, and continues in the next attempt', async () => {
  for (let i = 0; i < 60; i++) await attempt({}, `key of ${i}`, `read ${i}`);
  simulator.addFault({ operation: 'start', effect: { dropResponse: true } });
  await attempt();
  // Another worker does not know the starts of the first one.
  const other = createDuvoActivities({ client: duvo });
  const before = simulator.ledger.length;
  const { failure, lastDetails } = await attempt(again(undefined), 'key', 'read it', other);
  expect(failure).toMatchObject({ nonRetryable: false, message: expect.stringContaining('11 new runs') as string });
  const reads = () => simulator.ledger.slice(before).filter(({ operation }) => operation === 'messages').length;
  expect(reads()).toBe(50);
  const { snapshot } = await attempt(again(lastDetails), 'key', 'read it', other);
  expect(snapshot).toMatchObject({ runId: simulator.runs.find(({ message }) => message === 'read it')?.id });
  expect(reads()).toBe(61);
});

test('a search that fails at some messages repeats only the reads that failed', async () => {
  for (let i = 0; i < 5; i++) await attempt({}, `key of ${i}`, `read ${i}`);
  simulator.addFault({ operation: 'start', effect: { dropResponse: true } });
  await attempt();
  const other = createDuvoActivities({ client: duvo });
  const before = simulator.ledger.length;
  const reads = () => simulator.ledger.slice(before).filter(({ operation }) => operation === 'messages').length;
  simulator.addFault({ operation: 'messages', effect: { status: 500 }, times: 2 });
  const { failure, lastDetails } = await attempt(again(undefined), 'key', 'read it', other);
  expect(failure).toMatchObject({ type: 'Duvo.ServerError', nonRetryable: false });
  expect(reads()).toBe(6);
  expect((await attempt(again(lastDetails), 'key', 'read it', other)).snapshot).toMatchObject({ origin: 'adopted' });
  expect(reads()).toBe(8);
});

test('searches at the same time share their list and their messages, and adopt a run each', async () => {
  const keys = Array.from({ length: 10 }, (_, n) => `key ${n}`);
  simulator.addFault({ operation: 'start', effect: { dropResponse: true }, times: Infinity });
  const first = await Promise.all(keys.map((key) => attempt({}, key)));
  const before = simulator.ledger.length;
  const found = await Promise.all(keys.map((key, n) => attempt(again(first[n]?.lastDetails), key)));
  expect(new Set(found.map(({ snapshot }) => snapshot?.runId)).size).toBe(10);
  const requests = simulator.ledger.slice(before);
  expect(requests.filter(({ operation }) => operation === 'list').length).toBeLessThanOrEqual(2);
  expect(requests.filter(({ operation }) => operation === 'messages')).toHaveLength(10);
  expect(starts()).toBe(10);
});
