import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NativeConnection, Worker } from '@temporalio/worker';
import { createDuvoActivities } from '../../activities';
import { type DialectName, DuvoClient, MAX_DIRECT_UPLOAD_BYTES } from '../../duvo';
import { DuvoSimulator, type Fault, type FaultEffect, type OperationName, type SimulatorOptions } from '../../testing';
import { concurrentTests } from '../support/jest/concurrent-tests';
import { type Stack, startStack } from '../support/stack';

/** The points at which a request to Duvo breaks off. The name of each point completes the title of a test. */
const POINTS: [string, FaultEffect][] = [
  ['before it is sent', { reset: true }],
  ['after Duvo has performed it', { dropResponse: true }],
  ['in the middle of the response body', { truncateBody: true }],
];

const folder = mkdtempSync(join(tmpdir(), 'one-effect-'));
const small = join(folder, 'small.csv');
const large = join(folder, 'large.csv');
writeFileSync(small, 'a,b');
writeFileSync(large, '');
truncateSync(large, MAX_DIRECT_UPLOAD_BYTES + 1);

const test = concurrentTests();

let stack: Stack;
let connection: NativeConnection;
const simulators: DuvoSimulator[] = [];
beforeAll(async () => {
  stack = await startStack();
  connection = await NativeConnection.connect({ address: stack.address });
});
afterAll(async () => {
  for (const simulator of simulators) await simulator.close();
  await stack.stop();
  await connection.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A Duvo of one test, and a client of it. */
interface Duvo {
  simulator: DuvoSimulator;
  client: DuvoClient;
}

async function simulate(dialect: DialectName, options: SimulatorOptions = {}): Promise<Duvo> {
  const simulator = await DuvoSimulator.start(options);
  simulators.push(simulator);
  const { apiKey, url, teamId } = simulator;
  return {
    simulator,
    client: new DuvoClient({ apiKey, baseUrl: url, dialect, ...(dialect === 'v2' && { teamId }) }),
  };
}

/**
 * An activity that changes something in Duvo. `does` is the operation that Duvo performs for it, and `fault` selects the
 * request that breaks off.
 */
interface Mutation {
  activity: string;
  input: object;
  does: OperationName;
  fault?: Partial<Fault>;
}

/**
 * Runs each mutation in its own workflow, with Temporal's retries. The first request of each mutation has the fault `effect`.
 * Expects that Duvo performed each mutation once.
 */
async function callThrough({ simulator, client }: Duvo, effect: FaultEffect, mutations: Mutation[]): Promise<void> {
  const faults = mutations.map(({ does, fault }) => simulator.addFault({ operation: does, ...fault, effect }));
  const apiTaskQueue = `one-effect-${randomUUID()}`;
  const activities = createDuvoActivities({ client });
  const worker = await Worker.create({ connection, taskQueue: apiTaskQueue, activities });
  const before = simulator.ledger.length;
  await worker.runUntil(() =>
    Promise.all(
      mutations.map(({ activity, input }) =>
        stack.client.workflow.execute('oneCall', {
          taskQueue: stack.taskQueue,
          workflowId: randomUUID(),
          args: [apiTaskQueue, activity, input],
        }),
      ),
    ),
  );
  await client.close();
  expect(faults.map(({ hits }) => hits)).toEqual(mutations.map(() => 1));
  const done = simulator.ledger.slice(before).filter(({ committed }) => committed);
  const expected = mutations.map(({ does }) => does);
  expect(
    done
      .map(({ operation }) => operation)
      .filter((one) => expected.includes(one as OperationName))
      .sort(),
  ).toEqual(expected.sort());
}

const START: Mutation = {
  activity: 'startRun',
  input: { agentId: 'starts', message: 'Read invoice 4711' },
  does: 'start',
};

/** Creates runs, queues and a sandbox, and returns all mutations, which act on them. */
async function mutationsOf({ simulator, client }: Duvo): Promise<Mutation[]> {
  simulator.script('asks', { steps: [{ ask: { type: 'approval', title: 'Go on?' } }, { end: 'completed' }] });
  simulator.script('ended', { steps: [{ end: 'completed' }] });
  simulator.script('works', { steps: [{ status: 'running' }] });
  simulator.script('starts', { steps: [{ status: 'running' }] });
  const [asks = '', ended = '', works = ''] = ['asks', 'ended', 'works'].map((id) => simulator.startInDuvo(id));
  const { pendingRequest } = await client.runs.get(asks);
  await Promise.all([client.runs.get(ended), client.runs.get(works)]);
  const sandboxId = (await client.sandboxes.create({ idempotencyKey: 'of-the-test' })).id;
  const respond = { runId: asks, requestId: pendingRequest?.id, answer: { approved: true }, confirmReadMs: 200 };
  const all: Mutation[] = [
    START,
    { activity: 'postMessage', input: { runId: ended, text: 'Go on' }, does: 'post-message' },
    { activity: 'respondToHumanRequest', input: respond, does: 'respond' },
    { activity: 'stopRun', input: { runId: works }, does: 'stop' },
    { activity: 'createAgent', input: { name: 'Reader' }, does: 'create-agent' },
    {
      activity: 'createCases',
      input: { queueId: simulator.addQueue(), cases: [{ title: '4711' }] },
      does: 'create-cases',
    },
    { activity: 'createSandbox', input: {}, does: 'create-sandbox' },
    {
      activity: 'callTool',
      input: {
        name: 'createCases',
        arguments: { queue_id: simulator.addQueue(), cases: [{ title: '4712' }] },
      },
      does: 'create-cases',
      // The first two messages of an MCP session are its handshake; the third message is the tool call.
      fault: { operation: 'mcp', skip: 2 },
    },
  ];
  if (client.dialect === 'v1') return all;
  return [...all, upload(sandboxId, small, 'upload-file'), upload(sandboxId, large, 'create-upload-url')];
}

const upload = (sandboxId: string, file: string, does: OperationName): Mutation => ({
  activity: 'uploadSandboxFile',
  input: { sandboxId, file },
  does,
});

describe.each(['v1', 'v2'] as const)('in %s', (dialect) => {
  test.each(POINTS)('a mutation whose request breaks off %s is performed once', async (_point, effect) => {
    const duvo = await simulate(dialect);
    await callThrough(duvo, effect, await mutationsOf(duvo));
  });

  test.each(POINTS)(
    'a start whose request breaks off %s creates one run, also when Duvo ignores idempotency keys',
    async (_point, effect) => {
      const duvo = await simulate(dialect, { idempotencyKeyMode: 'ignore' });
      duvo.simulator.script('starts', { steps: [{ status: 'running' }] });
      await callThrough(duvo, effect, [START]);
      expect(duvo.simulator.runs).toHaveLength(1);
    },
  );
});

test.each(POINTS)(
  'a large file whose PUT request to the upload URL breaks off %s is stored once and complete',
  async (_point, effect) => {
    const duvo = await simulate('v2');
    const { simulator, client } = duvo;
    const sandboxId = (await client.sandboxes.create({ idempotencyKey: 'of-the-test' })).id;
    await callThrough(duvo, effect, [upload(sandboxId, large, 'put-upload')]);
    const [one, ...more] = simulator.listFiles(sandboxId);
    expect([one?.size, more]).toEqual([MAX_DIRECT_UPLOAD_BYTES + 1, []]);
    // The retry uses the same upload URL and does not create another one.
    expect(simulator.stats['create-upload-url'].committed).toBe(1);
  },
);
