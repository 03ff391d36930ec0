/**
 * Records a history for every way a run ends, into test/histories/ (npm run record-histories). A file that is there is
 * kept, since it stands for the histories of workers that are out there: only what is missing is recorded.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import type { WorkflowHandle } from '@temporalio/client';
import { type DevServer, startDevServer } from '../workers';
import type { AgentRunInput, Gate, RunState } from '../workflows/contract';
import type { Scenario } from '../testing';
import { BATCHES, runBatch } from './record-batches';
import { eventually, openGate, QUICK, type Stack, startStack } from './support/stack';

const ASK = { ask: { type: 'approval' as const, title: 'Go on?' } };
const WORK = { status: 'running', looks: 2 };

interface Recording {
  scenario: Scenario;
  input?: AgentRunInput;
  /** In place of `agentRun`: a process of test/support/process-workflows.ts, which must stay as it was recorded. */
  asks?: { type: string; args: unknown[] };
  meanwhile?: (handle: WorkflowHandle, stack: Stack) => Promise<unknown>;
}

const answer = async (handle: WorkflowHandle) => {
  const { gateId } = await openGate(handle);
  await handle.executeUpdate('submitAnswer', { args: [{ gateId, approved: true, by: 'alice' }] });
};
const choose = (label: string) => async (handle: WorkflowHandle) => {
  const { gateId } = await openGate(handle);
  await handle.executeUpdate('submitAnswer', {
    args: [{ gateId, answers: { 'Which run was started?': label }, by: 'alice' }],
  });
};
const running = (handle: WorkflowHandle) =>
  eventually(async () => (await handle.query<RunState>('runState')).status === 'running');

const RECORDINGS: Record<string, Recording> = {
  completed: {
    scenario: { steps: [{ status: 'pending', looks: 1 }, WORK, ASK, WORK, { end: 'completed' }] },
    meanwhile: answer,
  },
  'answered-by-signal': {
    scenario: { steps: [ASK, { end: 'completed' }] },
    meanwhile: async (handle) => {
      const { gateId } = await openGate(handle);
      await handle.signal('answerGate', { gateId: 'early', approved: true, by: 'bob' });
      await handle.signal('hint', { source: 'test' });
      await handle.signal('answerGate', { gateId, approved: false, by: 'alice', comment: 'no' });
    },
  },
  attached: { scenario: { steps: [WORK, { end: 'completed' }] }, input: { runId: '' } },
  failed: { scenario: { steps: [ASK, { end: 'failed' }] }, meanwhile: answer },
  interrupted: { scenario: { steps: [WORK, { end: 'interrupted' }] } },
  resumed: {
    scenario: { steps: [WORK, { end: 'interrupted' }, { end: 'interrupted' }, WORK, { end: 'completed' }] },
    input: { resume: { times: 3 } },
  },
  'start-adopted': { scenario: { steps: [WORK, { end: 'completed' }] }, input: { message: 'read it' } },
  'start-sent-again': { scenario: { steps: [WORK, { end: 'completed' }] }, meanwhile: choose('send it again') },
  'start-given-up': { scenario: { steps: [] }, meanwhile: choose('give up') },
  'canceled-in-duvo': { scenario: { steps: [WORK, { end: 'canceled' }] } },
  gone: { scenario: { steps: [WORK, { end: 'gone' }] } },
  cancelled: {
    scenario: { steps: [{ status: 'running' }] },
    meanwhile: async (handle) => {
      await running(handle);
      await handle.cancel();
    },
  },
  'cancelled-at-gate': {
    scenario: { steps: [ASK, { status: 'running' }] },
    meanwhile: async (handle) => {
      await openGate(handle);
      await handle.cancel();
    },
  },
  abandoned: {
    scenario: { steps: [{ status: 'running' }] },
    input: { onCancel: 'abandon' },
    meanwhile: async (handle) => {
      await running(handle);
      await handle.cancel();
    },
  },
  deadline: { scenario: { steps: [{ status: 'running' }] }, input: { deadline: '1s' } },
  'gate-denied-in-time': {
    scenario: { steps: [ASK, { end: 'completed' }] },
    input: { gate: { due: 300, onTimeout: 'deny' } },
  },
  'gate-timed-out': {
    scenario: { steps: [ASK, { end: 'completed' }] },
    input: { gate: { due: 300, onTimeout: 'fail' } },
  },
  'answered-elsewhere': {
    scenario: { steps: [ASK, { end: 'completed' }] },
    meanwhile: async (handle, { simulator }) => {
      const { gateId } = await openGate(handle);
      const { runId = '' } = await handle.query<RunState>('runState');
      simulator.answerInDuvo(runId, gateId, { approved: true });
    },
  },
  'unknown-gate': {
    scenario: { steps: [{ status: 'running', for: 2_000 }, { end: 'completed' }] },
    meanwhile: async (handle) => {
      await running(handle);
      await handle
        .executeUpdate('submitAnswer', { args: [{ gateId: 'none', approved: true, by: 'alice' }] })
        .catch(() => undefined);
    },
  },
  'call-refused': { scenario: { steps: [] } },
  'invalid-input': { scenario: { steps: [] }, input: { deadline: 'soon' } },
  'output-asked-again': {
    scenario: {
      steps: [WORK, { end: 'completed', says: 'twelve' }, WORK, { end: 'completed', says: '{"total": 12}' }],
    },
    input: { output: { schema: { required: ['total'] } } },
  },
  'output-invalid': {
    scenario: { steps: [{ end: 'completed', says: 'twelve' }] },
    input: { output: { schema: { required: ['total'] }, attempts: 1 } },
  },
  'process-gates': {
    scenario: { steps: [] },
    asks: {
      type: 'asksOf',
      args: [
        [
          { title: 'Pay 4711?', id: 'early', after: true },
          { title: 'Pay 4711?' },
          { title: 'Where?', questions: [{ question: 'Which ledger?' }], due: '1h' },
          { title: 'Pay 4711?', id: 'late', due: 300, onTimeout: 'deny' },
        ],
      ],
    },
    meanwhile: async (handle) => {
      const submit = (answer: object) => handle.executeUpdate('submitAnswer', { args: [answer] });
      await openGate(handle);
      await handle.signal('answerGate', { gateId: 'early', approved: true, by: 'bob' });
      await submit({ gateId: 'p-2', answers: { 'Which ledger?': 'main' }, by: 'alice' });
      await submit({ gateId: 'p-1', approved: false, by: 'alice' });
      await eventually(async () =>
        (await handle.query<Gate[]>('gates')).some(({ outcome }) => outcome === 'timed-out'),
      );
      await handle.signal('goOn');
    },
  },
  'process-cancelled-at-gate': {
    scenario: { steps: [] },
    asks: { type: 'asksOf', args: [[{ title: 'Pay 4711?', rethrow: true }]] },
    meanwhile: async (handle) => {
      await openGate(handle);
      await handle.cancel();
    },
  },
  'continued-as-new': {
    scenario: { steps: [ASK, { end: 'completed' }] },
    meanwhile: async (handle) => {
      await openGate(handle);
      const first = (await handle.describe()).runId;
      await eventually(async () => {
        await handle.signal('hint', { source: 'test' });
        return (await handle.describe()).runId !== first;
      });
      await answer(handle);
    },
  },
};

async function record(stack: Stack, name: string, { scenario, input = {}, asks, meanwhile }: Recording): Promise<void> {
  stack.simulator.script(name, scenario);
  if (name === 'call-refused')
    stack.simulator.fail({ on: 'start', agentId: name, how: { status: 403, body: { code: 'insufficient_scope' } } });
  if (name.startsWith('start-')) stack.simulator.fail({ on: 'start', agentId: name, how: { loseResponse: true } });
  const unlisted = name === 'start-sent-again' || name === 'start-given-up';
  if (unlisted) stack.simulator.fail({ on: 'list', times: Infinity, how: { status: 403 } });
  const target = input.runId === undefined ? { agentId: name } : { runId: stack.simulator.startInDuvo(name) };
  const { taskQueue } = stack;
  const handle = asks
    ? await stack.client.workflow.start(asks.type, { taskQueue, workflowId: name, args: asks.args })
    : await stack.start({ watch: QUICK, ...input, ...target }, { workflowId: name });
  await meanwhile?.(handle, stack);
  await handle.result().catch(() => undefined);
  await save(stack, name, name);
}

/** Writes the histories of all runs of a workflow. */
async function save(stack: Stack, name: string, workflowId: string): Promise<void> {
  const { namespace } = stack.client.options;
  let then = 0;
  for (const runId of (await runIds(stack, workflowId)).reverse()) {
    const history = await stack.client.workflow.getHandle(workflowId, runId).fetchHistory();
    const isFirst = !history.events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId;
    // Those that came later are numbered; a page that was started again continues no other run.
    const suffix = isFirst ? (then === 0 ? '' : `-again`) : then === 1 ? '-then' : `-then-${then}`;
    then++;
    const file = join(__dirname, 'histories', `${name}${suffix}.json`);
    writeFileSync(file, `${withoutMachine(historyToJSON(history))}\n`);
    process.stdout.write(`recorded ${file} (${history.events?.length} events, namespace ${namespace})\n`);
  }
}

/** Histories go into the repository: without the paths and names of the machine that they were recorded on. */
function withoutMachine(json: string): string {
  return json
    .replace(/"stackTrace": "(?:[^"\\]|\\.)*"/g, '"stackTrace": ""')
    .replace(/"identity": "[^"]*"/g, '"identity": "worker"');
}

async function runIds(stack: Stack, workflowId: string): Promise<string[]> {
  return eventually(async () => {
    const ids: string[] = [];
    let open = false;
    for await (const { runId, status } of stack.client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) {
      ids.push(runId);
      open ||= status.name === 'RUNNING';
    }
    return ids.length > 0 && !open && ids;
  });
}

async function recordMissing(): Promise<void> {
  const isMissing = (name: string) => !existsSync(join(__dirname, 'histories', `${name}.json`));
  const missing = Object.entries(RECORDINGS).filter(([name]) => isMissing(name));
  const batches = Object.keys(BATCHES).filter(isMissing);
  if (missing.length + batches.length === 0) return;
  const server: DevServer = await startDevServer({ dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': 60 } });
  const stack = await startStack({ address: server.address });
  try {
    for (const [name, recording] of missing) await record(stack, name, recording);
    for (const batch of batches) {
      for (const [name, workflowId] of Object.entries(await runBatch(stack, batch)))
        await save(stack, name, workflowId);
    }
  } finally {
    await stack.stop();
    await server.stop();
  }
}

test('records the histories that are missing', recordMissing, 300_000);
