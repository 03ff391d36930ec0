import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { runProcess } from '../support/command-line';
import { WorkerProcess } from '../support/processes/worker-process';
import { eventually, type Stack, startStack } from '../support/stack';

const CONVERTER = join(__dirname, '../support/codec/converter.mjs');
const MESSAGE = 'Read invoice 4711';
const AUTHORIZATION = 'Bearer codec-token';
const ASKING_AGENT = `asks-${randomUUID()}`;

let stack: Stack;
let worker: WorkerProcess;
let codecServer: Server;
let endpoint: string;
beforeAll(async () => {
  stack = await startStack({ workers: false });
  const ask = { ask: { type: 'approval', title: 'Pay?' } };
  stack.simulator.script('completes', { steps: [{ end: 'completed' }], lastMessage: 'done' });
  stack.simulator.script(ASKING_AGENT, { steps: [ask, { end: 'completed' }] });
  worker = new WorkerProcess(stack, { DUVO_DATA_CONVERTER: CONVERTER });
  await worker.start();
  codecServer = createServer((request, response) => {
    void answer(request).then(({ status, body }) => response.writeHead(status).end(body));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => codecServer.once('listening', resolve));
  endpoint = `http://127.0.0.1:${(codecServer.address() as AddressInfo).port}`;
});
afterAll(async () => {
  codecServer.close();
  await worker.stop();
  await stack.stop();
});

/** Decodes as a codec server does: payloads as JSON, with bytes in base64. */
async function answer(request: IncomingMessage): Promise<{ status: number; body?: string }> {
  if (request.headers.authorization !== AUTHORIZATION || request.url !== '/decode') return { status: 403 };
  const { payloads } = JSON.parse(await text(request)) as {
    payloads: { metadata: Record<string, string>; data: string }[];
  };
  const decoded = payloads.map(({ metadata, data }) =>
    metadata['original'] === undefined
      ? { metadata, data }
      : {
          metadata: { encoding: metadata['original'] },
          data: Buffer.from(Buffer.from(data, 'base64').map((byte) => byte ^ 0xff)).toString('base64'),
        },
  );
  return { status: 200, body: JSON.stringify({ payloads: decoded }) };
}

function run(args: string[], env: NodeJS.ProcessEnv = {}) {
  const queues = { DUVO_TASK_QUEUE: stack.taskQueue, DUVO_API_TASK_QUEUE: stack.apiTaskQueue };
  return runProcess(args, { TEMPORAL_ADDRESS: stack.address, ...queues, ...env });
}

async function startEncodedRun(agent: string): Promise<string> {
  const args = ['run', 'start', '--agent', agent, '--message', MESSAGE, '--key', randomUUID(), '--json'];
  const started = await run(args, { DUVO_DATA_CONVERTER: CONVERTER });
  expect(started).toMatchObject({ code: 0 });
  return started.json<{ workflowId: string }>().workflowId;
}

/** Returns the encodings of all payloads in a value, except of search attributes, which Temporal never encodes. */
function payloadEncodings(value: unknown): string[] {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return [];
  const { metadata, indexedFields } = value as { metadata?: { encoding?: Uint8Array } | null; indexedFields?: unknown };
  if (indexedFields) return [];
  if (metadata?.encoding) return [Buffer.from(metadata.encoding).toString()];
  return Object.values(value).flatMap(payloadEncodings);
}

test('with a data converter, no payload in the history is readable, and the command decodes the result', async () => {
  const workflowId = await startEncodedRun('completes');
  const shown = await run(['run', 'wait', workflowId, '--json'], { DUVO_DATA_CONVERTER: CONVERTER });
  expect(shown.json()).toMatchObject({ output: 'done' });
  const { events } = await stack.client.workflow.getHandle(workflowId).fetchHistory();
  expect(new Set(payloadEncodings(events))).toEqual(new Set(['binary/test-inverted']));
});

test('a row whose memo cannot be decoded does not break a list; a codec server decodes it', async () => {
  const workflowId = await startEncodedRun(ASKING_AGENT);
  const gatesOf = async (...flags: string[]) => {
    const listed = await run(['gate', 'list', '--agent', ASKING_AGENT, '--json', ...flags]);
    expect(listed.code).toBe(0);
    return listed
      .json<{ ref: string; title: string; memoUnreadable?: true }[]>()
      .filter(({ ref }) => ref.startsWith(workflowId));
  };
  const unreadable = await eventually(async () => (await gatesOf())[0]);
  expect(unreadable).toMatchObject({ ref: workflowId, memoUnreadable: true });
  const listed = await run(['run', 'list', '--agent', ASKING_AGENT, '--json']);
  const row = listed.json<{ workflowId: string; key?: string }[]>().find((one) => one.workflowId === workflowId);
  expect(row).toMatchObject({ status: 'RUNNING', openGates: 1, memoUnreadable: true });
  const shown = await run(['run', 'show', workflowId]);
  expect(shown.code).toBe(0);
  expect(shown.out).toMatch(/payloads +cannot be decoded: .*DUVO_DATA_CONVERTER/);
  const [gate] = await gatesOf('--codec-endpoint', endpoint, '--codec-auth', AUTHORIZATION);
  expect(gate).toMatchObject({
    ref: expect.stringMatching(/#/) as string,
    title: 'Pay?',
  });
  expect(gate).not.toHaveProperty('memoUnreadable');
  const answered = await run(['gate', 'answer', gate?.ref ?? '', '--approve'], { DUVO_DATA_CONVERTER: CONVERTER });
  expect(answered.code).toBe(0);
});

test.each([
  ['a module that does not exist', { DUVO_DATA_CONVERTER: './nothing.js' }, /DUVO_DATA_CONVERTER.*nothing\.js/],
  ['a codec server that is no URL', { TEMPORAL_CODEC_ENDPOINT: 'nowhere' }, /TEMPORAL_CODEC_ENDPOINT must be/],
])('%s is refused by name', async (_name, env, message) => {
  const refused = await run(['run', 'list'], env);
  expect(refused.notes).toMatch(message);
  expect(refused.code).not.toBe(0);
});
