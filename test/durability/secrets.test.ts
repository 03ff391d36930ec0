import { randomUUID } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import type { FaultEffect } from '../../testing';
import type { AgentRunResult } from '../../contract/runs';
import { failureOf } from '../support/failures';
import { NativeConnection, Worker } from '@temporalio/worker';
import { waitForOpenGate, type Stack, startStack, workflowBundle } from '../support/stack';
import { textOf } from '../support/text-of';
import { WorkerProcess } from '../support/processes/worker-process';

/** Credentials with a searchable text. Only Duvo may receive them. */
const CREDENTIALS = { key: 'dv_canary_key', proxyPassword: 'canary-proxy-password' };
/**
 * Texts of people, searchable too. They belong into the inputs and results of workflow histories and into the simulator's
 * ledger, but nowhere else.
 */
const TEXTS = {
  message: 'canary-message',
  answer: 'canary-answer',
  comment: 'canary-comment',
  caseData: 'canary-case-data',
  toolArgument: 'canary-tool-argument',
};
const ECHO = `${Object.values(CREDENTIALS).join(' ')} ${Object.values(TEXTS).join(' ')}`;
const echoed = (status: number): FaultEffect => ({
  status,
  headers: { 'x-request-id': CREDENTIALS.key, 'www-authenticate': `Bearer error="${CREDENTIALS.key}"` },
  body: { code: CREDENTIALS.key, message: ECHO, details: [{ field: ECHO }] },
});
const HTML: FaultEffect = { status: 500, body: `<html>${ECHO}</html>` };

let stack: Stack;
let worker: WorkerProcess;
/** Task queue of the worker that runs the workflows of a user. The worker process executes the Duvo calls of these workflows. */
const ofUsers = `users-${randomUUID()}`;
let stopUsers: () => Promise<void>;
beforeAll(async () => {
  stack = await startStack({ workers: false, simulator: { apiKey: CREDENTIALS.key } });
  worker = new WorkerProcess(stack, {
    LOG_LEVEL: 'trace',
    HTTP_PROXY: `http://user:${CREDENTIALS.proxyPassword}@127.0.0.1:9`,
    NO_PROXY: '127.0.0.1',
  });
  await worker.start();
  const connection = await NativeConnection.connect({ address: stack.address });
  const users = await Worker.create({ connection, taskQueue: ofUsers, workflowBundle: workflowBundle() });
  const running = users.run();
  stopUsers = async () => {
    users.shutdown();
    await running;
    await connection.close();
  };
});
afterAll(async () => {
  await stopUsers();
  await worker.stop();
  await stack.stop();
});

/** Returns the failures of a history at any depth. */
function failuresIn(value: unknown): unknown[] {
  if (!value || typeof value !== 'object' || value instanceof Uint8Array) return [];
  return Object.entries(value as Record<string, unknown>).flatMap(([name, one]) =>
    /failure$/i.test(name) && one ? [one] : failuresIn(one),
  );
}

async function expectNoLeak(handle: WorkflowHandle): Promise<void> {
  const history = await handle.fetchHistory();
  const { searchAttributes, memo, raw } = await handle.describe();
  const shown = textOf([searchAttributes, raw.workflowExecutionInfo?.searchAttributes]);
  const failures = textOf(failuresIn(history));
  for (const secret of Object.values(CREDENTIALS))
    for (const place of [textOf(history), textOf(memo), shown]) expect(place).not.toContain(secret);
  for (const text of Object.values(TEXTS)) for (const place of [failures, shown]) expect(place).not.toContain(text);
}

test('credentials and people’s texts of a run are in no failure and no search attribute', async () => {
  const { simulator } = stack;
  const question = { question: 'Why?' };
  simulator.script('secret', {
    steps: [{ ask: { type: 'question', title: 'One thing', questions: [question] } }, { end: 'completed' }],
    lastMessage: 'done',
  });
  simulator.addFault({ operation: 'start', effect: HTML });
  simulator.addFault({ operation: 'get', effect: { reset: true }, skip: 1 });
  const refused = simulator.addFault({ operation: 'respond', effect: echoed(422) });
  simulator.addFault({ operation: 'respond', effect: { replaceBody: `<${ECHO}` }, skip: 1 });
  simulator.addFault({ operation: 'messages', effect: echoed(403) });
  const handle = await stack.start({ agentId: 'secret', message: TEXTS.message });
  const gate = await waitForOpenGate(handle);
  const answers = { [question.question]: TEXTS.answer };
  const answer = { gateId: gate.gateId, answers, by: 'alice', comment: TEXTS.comment };
  const submit = () => handle.executeUpdate('submitAnswer', { args: [answer] });
  expect((await failureOf(submit())).message).not.toMatch(/canary/);
  expect(refused.hits).toBe(1);
  await submit().catch((error: Error) => expect(String(error)).not.toMatch(/canary/));
  const ended = await (handle.result() as Promise<AgentRunResult>).catch((error: Error) => error);
  expect(JSON.stringify(ended)).not.toContain(CREDENTIALS.key);
  await expectNoLeak(handle);
});

test.each([
  ['401', echoed(401)],
  ['403', echoed(403)],
  ['422', echoed(422)],
  ['500 as HTML and then 422', HTML],
])('credentials and texts that a response with the status %s repeats are in no failure', async (_name, effect) => {
  const { simulator } = stack;
  const calls: [string, object, 'create-cases' | 'mcp'][] = [
    ['createCases', { queueId: simulator.addQueue(), cases: [{ title: 'T', data: TEXTS.caseData }] }, 'create-cases'],
    ['callTool', { name: 'createCases', arguments: { text: TEXTS.toolArgument } }, 'mcp'],
  ];
  for (const [activity, input, on] of calls) {
    const isFinal = effect !== HTML;
    const faults = [simulator.addFault({ operation: on, effect, times: isFinal ? Infinity : 1 })];
    if (!isFinal) faults.push(simulator.addFault({ operation: on, effect: echoed(422), times: Infinity }));
    const handle = await stack.client.workflow.start('oneCall', {
      taskQueue: ofUsers,
      workflowId: randomUUID(),
      args: [stack.apiTaskQueue, activity, input],
    });
    const { message } = await failureOf(handle.result());
    expect(message).not.toMatch(/canary/);
    await expectNoLeak(handle);
    faults.forEach((fault) => fault.remove());
  }
});

test('the worker’s output has neither credentials nor people’s texts, and the ledger has no credentials', () => {
  const { allOutput } = worker;
  expect(allOutput).toContain('"level"');
  expect(allOutput).not.toMatch(/canary/);
  const ledger = JSON.stringify(stack.simulator.ledger);
  for (const secret of Object.values(CREDENTIALS)) expect(ledger).not.toContain(secret);
});

test('an OAuth secret, access tokens, a webhook secret and a file’s content are in no history, log or ledger', async () => {
  const oauth = { clientId: 'client', clientSecret: 'canary-client-secret', expiresInSeconds: 3600 };
  const webhookSecret = 'whsec_Y2FuYXJ5LXdlYmhvb2s=';
  const own = await startStack({ workers: false, simulator: { oauth, webhookSecret } });
  const process = new WorkerProcess(own, {
    LOG_LEVEL: 'trace',
    DUVO_API_KEY: '',
    DUVO_CLIENT_ID: oauth.clientId,
    DUVO_CLIENT_SECRET: oauth.clientSecret,
    DUVO_API_DIALECT: 'v2',
    DUVO_TEAM_ID: own.simulator.teamId,
  });
  const file = join(mkdtempSync(join(tmpdir(), 'duvo-secret-')), 'file.txt');
  writeFileSync(file, 'canary-file-content');
  await process.start();
  try {
    own.simulator.script('oauth', {
      steps: [{ status: 'running', polls: 2 }, { end: 'completed' }],
      lastMessage: 'done',
    });
    own.simulator.addFault({ operation: 'token', effect: { status: 500, body: `<html>${oauth.clientSecret}</html>` } });
    const handle = await own.start({ agentId: 'oauth', webhookUrl: own.simulator.url });
    await own.simulator.waitFor(({ operation }) => operation === 'get');
    own.simulator.revokeTokens();
    expect(await handle.result()).toMatchObject({ status: 'completed' });
    expect(own.simulator.stats.token.committed).toBeGreaterThanOrEqual(2);
    const upload = await own.client.workflow.start('oneCall', {
      taskQueue: ofUsers,
      workflowId: randomUUID(),
      args: [own.apiTaskQueue, 'uploadSandboxFile', { sandboxId: 'nobody', file }],
    });
    await failureOf(upload.result());
    const histories = await Promise.all([handle, upload].map(async (one) => textOf(await one.fetchHistory())));
    const seen = [process.allOutput, JSON.stringify(own.simulator.ledger), ...histories].join('\n');
    expect(seen).not.toMatch(/canary|Y2FuYXJ5|sim_token_/);
  } finally {
    await process.stop();
    await own.stop();
  }
});
