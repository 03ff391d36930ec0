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

/** Runs the second attempt of a start and the attempts after it, until one of them is no retryable failure. */
async function attemptsToTheEnd(by = createDuvoActivities({ client: duvo })) {
  const delays: number[] = [];
  let heartbeatDetails: object | undefined = { settledAttempt: 1, mayHaveArrived: true };
  for (let nth = 2; nth < 60; nth++) {
    const outcome = await attempt({ attempt: nth, heartbeatDetails }, 'key', 'read it', by);
    if (outcome.failure?.nonRetryable !== false) return { ...outcome, delays };
    delays.push(outcome.failure.nextRetryDelay ?? 0);
    heartbeatDetails = outcome.lastDetails;
  }
  throw new Error('the search does not end');
}

test.each([
  ['without a message', undefined],
  ['with messages that cannot be read', { status: 404 }],
])('a person decides when many runs stay %s, and a run is read once in a search', async (_what, effect) => {
  if (effect) simulator.addFault({ operation: 'messages', effect, times: Infinity });
  for (let n = 0; n < 120; n++) simulator.startInDuvo(AGENT);
  const { failure, delays } = await attemptsToTheEnd();
  expect(failure).toMatchObject({ type: 'Duvo.StartAmbiguous', nonRetryable: true });
  expect(starts()).toBe(0);
  const reads = simulator.ledger.filter(({ operation }) => operation === 'messages');
  // The attempts of this test do not wait for their delays, so no run may have a message since the read before.
  expect(reads).toHaveLength(120);
  // Four of the five searches are followed by a wait in which Duvo accepts that many reads.
  expect(delays.filter((ms) => ms >= 120 * 400)).toHaveLength(4);
});

test('searches at the same time read a run without a message once for all of them', async () => {
  for (let n = 0; n < 60; n++) simulator.startInDuvo(AGENT);
  const by = createDuvoActivities({ client: duvo });
  const details = { mayHaveArrived: true };
  const keys = Array.from({ length: 20 }, (_, n) => `key ${n}`);
  const first = await Promise.all(keys.map((key) => attempt(again(details), key, 'read it', by)));
  await Promise.all(keys.map((key, n) => attempt(again(first[n]?.lastDetails), key, 'read it', by)));
  expect(simulator.ledger.filter(({ operation }) => operation === 'messages')).toHaveLength(60);
});

test('a run without a message is read again later, and is adopted when it has the message of the start', async () => {
  simulator.addFault({ operation: 'start', effect: { dropResponse: true } });
  await attempt();
  simulator.addFault({ operation: 'messages', effect: { replaceBody: '{"messages":[],"total":0}' } });
  const by = createDuvoActivities({ client: duvo });
  const { failure, lastDetails } = await attempt(again(undefined), 'key', 'read it', by);
  expect(failure).toMatchObject({ message: expect.stringContaining('1 new runs have no message') as string });
  const isAdopted = async () => {
    const next = await attempt(again({ ...lastDetails, searchCount: 1 }), 'key', 'read it', by);
    return next.snapshot?.origin === 'adopted';
  };
  while (!(await isAdopted()));
  expect(simulator.ledger.filter(({ operation }) => operation === 'messages')).toHaveLength(2);
});

test('a search of more than 500 runs whose first message is the agent’s comes to an end', async () => {
  const message = {
    id: 'm',
    type: 'message',
    role: 'assistant',
    timestamp: new Date().toISOString(),
    text_content: 'Hi',
  };
  const replaceBody = JSON.stringify({ messages: [message], total: 1 });
  simulator.addFault({ operation: 'messages', effect: { replaceBody }, times: Infinity });
  for (let n = 0; n < 620; n++) simulator.startInDuvo(AGENT);
  const { snapshot } = await attemptsToTheEnd();
  expect(snapshot).toMatchObject({ status: 'running' });
  expect(simulator.ledger.filter(({ operation }) => operation === 'messages')).toHaveLength(620);
});
