import { DuvoClient } from '../../../duvo';
import { DuvoSimulator } from '../../../testing';
import { collect, errorOf } from '../../support/duvo/http-test-server';

let simulator: DuvoSimulator;
let client: DuvoClient;

beforeEach(async () => {
  simulator = await DuvoSimulator.start({ mcpSessions: true });
  client = new DuvoClient({ apiKey: simulator.apiKey, baseUrl: simulator.url });
});

afterEach(async () => {
  await client.close();
  await simulator.close();
});

/** The requests of a session: `initialize`, the notification that it is initialized, and the operation. */
const OPERATION = 2;

/** Holds the request at this position, and loses all sessions before the server processes it. */
async function loseSessionsAt(position: number): Promise<void> {
  const fault = simulator.addFault({ operation: 'mcp', skip: position, effect: { hold: 'before' } });
  await simulator.waitFor(() => fault.hits === 1);
  simulator.loseMcpSessions();
  fault.remove();
}

const call = () => client.tools.call({ name: 'pay', arguments: {} }, { idempotencyKey: 'key-1' });
const requests = () => simulator.ledger.filter(({ operation }) => operation === 'mcp');

test('a call whose session is lost is repeated in a new session, with its key, and the tool runs once', async () => {
  simulator.addTool('pay', { result: 'paid' });
  const [result] = await Promise.all([call(), loseSessionsAt(OPERATION)]);
  expect(result.content).toEqual([{ type: 'text', text: 'paid' }]);
  const calls = requests().filter(({ idempotencyKey }) => idempotencyKey === 'key-1');
  expect(calls.map(({ status, committed }) => [status, committed])).toEqual([
    [404, false],
    [200, true],
  ]);
});

test('a session that is lost in its handshake is opened again', async () => {
  simulator.addTool('pay', { result: 'paid' });
  const [tools] = await Promise.all([collect(client.tools.list()), loseSessionsAt(OPERATION - 1)]);
  expect(tools.map(({ name }) => name)).toContain('pay');
});

test('a second loss is an error that can be retried, since the tool has not run', async () => {
  simulator.addTool('pay');
  const [error] = await Promise.all([errorOf(call()), loseSessionsAt(OPERATION).then(() => loseSessionsAt(OPERATION))]);
  expect(error).toMatchObject({ kind: 'server', status: 404, reached: 'yes' });
  expect(error.message).toContain('has lost the session');
  expect(requests().some(({ committed }) => committed)).toBe(false);
});

test('a 404 page of a proxy is no lost session: the call is not repeated, and may have taken effect', async () => {
  simulator.addTool('pay', { result: 'paid' });
  const effect = { status: 404, body: '<html>' };
  const fault = simulator.addFault({ operation: 'mcp', skip: OPERATION, effect });
  expect(await errorOf(call())).toMatchObject({ kind: 'not-found', status: 404, reached: 'maybe' });
  expect(fault.hits).toBe(1);
});

test('a 404 without a session stays final', async () => {
  simulator.addFault({ operation: 'mcp', effect: { status: 404 } });
  expect(await errorOf(call())).toMatchObject({ kind: 'not-found' });
});
