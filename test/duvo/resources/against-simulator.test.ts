import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DialectName, DuvoClient, DuvoNotInDialectError, type OperationName, OPERATIONS } from '../../../duvo';
import { collect } from '../../support/duvo/http-test-server';
import { DuvoSimulator } from '../../../testing';

const SMALL = join(mkdtempSync(join(tmpdir(), 'duvo-files-')), 'small.txt');
writeFileSync(SMALL, 'some text');
const LARGE = join(SMALL, '../large.bin');
writeFileSync(LARGE, Buffer.alloc(11 * 1024 * 1024, 7));

let simulator: DuvoSimulator;
let client: DuvoClient;
afterEach(async () => {
  await client.close();
  await simulator.close();
});

let keys = 0;
const key = () => ({ idempotencyKey: `key-${++keys}` });

/** Calls every operation of the dialect with the client on the simulator. */
async function useAll(used: Set<OperationName>): Promise<void> {
  const has = async <T>(name: OperationName, call: () => Promise<T>): Promise<T | undefined> => {
    try {
      const result = await call();
      used.add(name);
      return result;
    } catch (error) {
      if (error instanceof DuvoNotInDialectError) return undefined;
      throw error;
    }
  };
  const created = await has('agents.create', () => client.agents.create({ name: 'reader' }, key()));
  expect(created?.agent).toMatchObject({ name: 'reader' });
  const agent = await has('agents.get', () => client.agents.get(created?.agent.id ?? ''));
  expect(agent ?? created?.agent).toMatchObject({ id: created?.agent.id });
  await has('agents.list', async () => {
    const { agents } = await client.agents.listPage();
    expect(agents.map(({ id }) => id)).toContain(created?.agent.id);
  });
  await has('agents.schedules', async () => {
    const agentId = created?.agent.id ?? '';
    simulator.addAgentSchedule(agentId, { enabled: false });
    expect(await client.agents.schedules(agentId)).toMatchObject([{ agentId, enabled: false, frequency: 'hourly' }]);
  });

  const sandbox = await has('sandboxes.create', () => client.sandboxes.create(key()));
  const sandboxId = sandbox?.id ?? '';
  await has('sandboxes.uploadFile', async () => {
    const file = { sandboxId, file: SMALL, path: 'in/small.txt' };
    expect(await client.sandboxes.uploadFile(file, key())).toEqual({ path: '/workspace/in/small.txt', sizeBytes: 9 });
    const large = await client.sandboxes.uploadFile({ sandboxId, file: LARGE }, key());
    expect(large).toMatchObject({ sizeBytes: 11 * 1024 * 1024 });
    expect(simulator.listFiles(sandboxId).map(({ size }) => size)).toEqual([9, 11 * 1024 * 1024]);
  });
  await has('sandboxes.createUploadUrl', () => client.sandboxes.createUploadUrl(sandboxId, 'x', key()));
  await has('sandboxes.files', async () => {
    expect((await client.sandboxes.files(sandboxId)).map(({ type }) => type).sort()).toEqual(['dir', 'file']);
  });

  const started = await has('runs.start', () =>
    client.runs.start({ agentId: 'asks', message: 'Read it', sandboxId }, key()),
  );
  const runId = started?.run?.id ?? '';
  const seen = await has('runs.get', () => client.runs.get(runId));
  expect(seen).toMatchObject({ run: { status: 'waiting', agentId: 'asks' }, pendingRequest: { title: 'Pay?' } });
  await has('runs.list', async () => {
    expect((await client.runs.listPage({ agentId: 'asks' })).runs.map(({ id }) => id)).toEqual([runId]);
  });
  const requestId = seen?.pendingRequest?.id ?? '';
  await has('runs.respond', () => client.runs.respond(runId, requestId, { approved: true }, key()));
  await has('runs.messages', async () => {
    const { messages } = await client.runs.listMessagesPage(runId);
    expect(messages[0]).toMatchObject({ role: 'user', text: 'Read it' });
  });
  expect(await has('runs.stop', () => client.runs.stop(runId, key()))).toEqual({ success: true });
  expect((await client.runs.get(runId)).run?.status).toBe('canceled');
  expect(await has('runs.postMessage', () => client.runs.postMessage(runId, 'Go on', key()))).toMatchObject({
    text: 'Go on',
  });

  const queueId = simulator.addQueue({ name: 'Invoices', agentId: 'asks' });
  await has('queues.get', async () => expect(await client.queues.get(queueId)).toMatchObject({ name: 'Invoices' }));
  await has('queues.list', async () => expect((await client.queues.listPage()).queues).toHaveLength(1));
  const cases = Array.from({ length: 100 }, (_one, n) => ({ title: `case ${n}`, labels: [{ key: 'k', value: 'v' }] }));
  const added = await has('cases.create', () => client.cases.create({ queueId, cases }, key()));
  expect(added?.map(({ title }) => title)).toEqual(cases.map(({ title }) => title));
  const caseId = added?.[0]?.id ?? '';
  await has('cases.get', async () => {
    expect((await client.cases.get(caseId)).case).toMatchObject({ displayStatus: 'needs_input' });
  });
  await has('cases.list', async () => {
    const titles: string[] = [];
    for await (const { title } of client.cases.list({ queueId, limit: 30 })) titles.push(title);
    expect(titles).toHaveLength(100);
  });
  await has('cases.runs', async () => expect(await client.cases.runs(caseId)).toMatchObject([{ agentId: 'asks' }]));

  await has('tools.list', async () => {
    expect((await collect(client.tools.list())).map(({ name }) => name)).toContain('startRun');
  });
  await has('tools.call', async () => {
    const call = { name: 'getRun', arguments: { run_id: runId } };
    expect(await client.tools.call(call, key())).toMatchObject({ isError: false });
  });
}

test.each<[DialectName, number]>([
  ['v1', 12],
  ['v2', 23],
])('the client can call every operation of %s on the simulator', async (dialect, count) => {
  simulator = await DuvoSimulator.start();
  simulator.script('asks', { steps: [{ ask: { type: 'approval', title: 'Pay?' } }, { status: 'running' }] });
  const { apiKey, url: baseUrl, teamId } = simulator;
  client = new DuvoClient({ apiKey, baseUrl, dialect, teamId });
  const used = new Set<OperationName>();
  await useAll(used);
  expect(used.size).toBe(count);
  if (dialect === 'v2') expect([...used].sort()).toEqual(Object.keys(OPERATIONS).sort());
});

test('the client can use an access token instead of the key', async () => {
  const oauth = { clientId: 'c', clientSecret: 's' };
  simulator = await DuvoSimulator.start({ oauth });
  simulator.script('asks', { steps: [{ ask: { type: 'approval', title: 'Pay?' } }, { status: 'running' }] });
  client = new DuvoClient({ oauth, baseUrl: simulator.url, dialect: 'v2', teamId: simulator.teamId });
  await useAll(new Set());
  simulator.revokeTokens();
  await client.runs.listPage();
  expect(simulator.stats.token.committed).toBe(2);
});
