import { randomUUID } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import type { Gate } from '../../contract/gates/gates';
import { replyText, TestServer } from '../support/duvo/http-test-server';
import { APPROVAL } from '../support/gate-runs';
import { WorkerProcess } from '../support/processes/worker-process';
import { textOf } from '../support/text-of';
import { eventually, type Stack, startStack, waitForOpenGate } from '../support/stack';

const SECRET = `whsec_${Buffer.from(randomUUID()).toString('base64')}`;
let server: TestServer;
let stack: Stack;
let worker: WorkerProcess;

beforeAll(async () => {
  server = await TestServer.start();
  stack = await startStack({ workers: false });
  stack.simulator.script('agent', APPROVAL);
  const file = join(mkdtempSync(join(tmpdir(), 'channels-')), 'channels.yaml');
  writeFileSync(
    file,
    `channels:\n  ops:\n    type: webhook\n    url: ${server.url}/hook\n    secret: \${OPS_SECRET}\n`,
  );
  worker = new WorkerProcess(stack, { DUVO_CHANNELS_FILE: file, OPS_SECRET: SECRET });
});
afterAll(async () => {
  await worker.stop();
  await stack.stop();
  await server.stop();
});

const eventsOf = (type: string) =>
  server.requests
    .map(({ body, headers }) => new Webhook(SECRET).verify(body, headers as Record<string, string>))
    .map((event) => event as { type: string; data: { outcome?: string; by?: string } })
    .filter((event) => event.type === type);

test('a worker that is killed between sending and recording sends the message once more with its id, and settles it', async () => {
  server.handler = () => undefined;
  await worker.start();
  const handle = await stack.start({ agentId: 'agent', gate: { notify: ['ops'] } });
  await eventually(() => server.requests.length === 1);
  await worker.kill();
  server.handler = replyText(200, 'ok');
  await worker.start();
  await eventually(async () => {
    const [gate] = await handle.query<Gate[]>('gates');
    return gate?.notifications?.[0]?.status === 'sent';
  });
  const ids = server.requests.map(({ headers }) => headers['webhook-id']);
  expect(ids).toHaveLength(2);
  expect(new Set(ids).size).toBe(1);
  const { gateId } = await waitForOpenGate(handle);
  server.handler = () => undefined;
  await handle.executeUpdate('submitAnswer', { args: [{ gateId, approved: true, by: 'alice' }] });
  await eventually(() => eventsOf('gate.closed').length === 1);
  await worker.kill();
  server.handler = replyText(200, 'ok');
  await worker.start();
  await eventually(() => eventsOf('gate.closed').length === 2);
  expect(eventsOf('gate.closed')).toMatchObject([
    { data: { outcome: 'approved', by: 'alice' } },
    { data: { outcome: 'approved', by: 'alice' } },
  ]);
  await handle.result();
  expect(eventsOf('gate.opened')).toHaveLength(2);
  const history = textOf(await handle.fetchHistory());
  expect(history).toContain('notify');
  for (const text of [worker.allOutput, history]) {
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain(server.url);
  }
});
