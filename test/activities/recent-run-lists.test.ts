import { RecentRunLists } from '../../activities/starts/search/recent-run-lists';
import { duvo, setUpStartAttempts, simulator } from '../support/activities/start-attempts';

setUpStartAttempts();

test('the lists of all agents have one limit: the least recent list is forgotten and read again', async () => {
  const agents = ['a', 'b', 'c'];
  for (const agentId of agents) {
    simulator.script(agentId, { steps: [{ status: 'running' }] });
    for (let n = 0; n < 3; n++)
      await duvo.runs.start({ agentId, message: `${n}` }, { idempotencyKey: `${agentId}${n}` });
  }
  const lists = new RecentRunLists(duvo, 10);
  const window = { createdSinceMs: Date.now() - 60_000, listedSinceMs: performance.now() };
  const requestsOf = async (agentId: string) => {
    const before = simulator.ledger.length;
    expect((await lists.list(agentId, window)).runs).toHaveLength(3);
    return simulator.ledger.length - before;
  };
  for (const agentId of ['a', 'b']) expect(await requestsOf(agentId)).toBe(1);
  for (const agentId of ['a', 'b']) expect(await requestsOf(agentId)).toBe(0);
  expect(await requestsOf('c')).toBe(1);
  expect(await requestsOf('b')).toBe(0);
  expect(await requestsOf('a')).toBe(1);
});
