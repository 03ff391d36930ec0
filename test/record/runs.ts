/** The runs whose histories are recorded: one run for every way in which a run ends, and for events during a run. */
import type { WorkflowHandle } from '@temporalio/client';
import type { Scenario } from '../../testing';
import { CASE_ID_MEMO_KEY } from '../../contract/batches/batch-contract';
import type { AgentRunInput } from '../../contract/run-input';
import type { RunState } from '../../contract/runs';
import type { Gate } from '../../contract/gates/gates';
import { eventually, QUICK_WATCH, waitForOpenGate, type Stack } from '../support/stack';

const ASK_STEP = { ask: { type: 'approval' as const, title: 'Go on?' } };
const WORK_STEP = { status: 'running', polls: 2 };

export interface RunRecording {
  scenario: Scenario;
  input?: AgentRunInput;
  /**
   * A process workflow that is recorded instead of `agentRun`. Its code is in test/support/workflows/processes.ts and must not
   * change after the recording.
   */
  processWorkflow?: { type: string; args: unknown[] };
  /** Records the workflow of a batch item with a case, instead of `agentRun`. */
  batchCase?: true;
  meanwhile?: (handle: WorkflowHandle, stack: Stack) => Promise<unknown>;
}

const approveGate = async (handle: WorkflowHandle) => {
  const { gateId } = await waitForOpenGate(handle);
  await handle.executeUpdate('submitAnswer', { args: [{ gateId, approved: true, by: 'alice' }] });
};
const answerStartQuestion = (label: string) => async (handle: WorkflowHandle) => {
  const { gateId } = await waitForOpenGate(handle);
  await handle.executeUpdate('submitAnswer', {
    args: [{ gateId, answers: { 'Which run was started?': label }, by: 'alice' }],
  });
};
const waitUntilRunning = (handle: WorkflowHandle) =>
  eventually(async () => (await handle.query<RunState>('runState')).status === 'running');

export const RUN_RECORDINGS: Record<string, RunRecording> = {
  completed: {
    scenario: { steps: [{ status: 'pending', polls: 1 }, WORK_STEP, ASK_STEP, WORK_STEP, { end: 'completed' }] },
    meanwhile: approveGate,
  },
  'answered-by-signal': {
    scenario: { steps: [ASK_STEP, { end: 'completed' }] },
    meanwhile: async (handle) => {
      const { gateId } = await waitForOpenGate(handle);
      await handle.signal('answerGate', { gateId: 'early', approved: true, by: 'bob' });
      await handle.signal('hint', { source: 'test' });
      await handle.signal('answerGate', { gateId, approved: false, by: 'alice', comment: 'no' });
    },
  },
  attached: { scenario: { steps: [WORK_STEP, { end: 'completed' }] }, input: { runId: '' } },
  unreadable: {
    scenario: { steps: [{ status: 'running' }] },
    input: { watch: { ...QUICK_WATCH, faultTimeout: '1s' } },
    meanwhile: async (handle, { simulator }) => {
      await waitUntilRunning(handle);
      const [run] = simulator.runs.filter(({ agentId }) => agentId === 'unreadable');
      const effect = { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>maintenance</html>' };
      simulator.addFault({ operation: 'get', runId: run?.id, times: Infinity, effect });
    },
  },
  failed: { scenario: { steps: [ASK_STEP, { end: 'failed' }] }, meanwhile: approveGate },
  interrupted: { scenario: { steps: [WORK_STEP, { end: 'interrupted' }] } },
  resumed: {
    scenario: { steps: [WORK_STEP, { end: 'interrupted' }, { end: 'interrupted' }, WORK_STEP, { end: 'completed' }] },
    input: { resume: { times: 3 } },
  },
  'start-adopted': { scenario: { steps: [WORK_STEP, { end: 'completed' }] }, input: { message: 'read it' } },
  'start-sent-again': {
    scenario: { steps: [WORK_STEP, { end: 'completed' }] },
    meanwhile: answerStartQuestion('start again'),
  },
  'start-given-up': { scenario: { steps: [] }, meanwhile: answerStartQuestion('fail the run') },
  'canceled-in-duvo': { scenario: { steps: [WORK_STEP, { end: 'canceled' }] } },
  gone: {
    scenario: { steps: [WORK_STEP, { end: 'gone' }] },
    input: { watch: { every: [{ every: 200 }], atGate: 200, faultTimeout: '1s' } },
  },
  cancelled: {
    scenario: { steps: [{ status: 'running' }] },
    meanwhile: async (handle) => {
      await waitUntilRunning(handle);
      await handle.cancel();
    },
  },
  'cancelled-at-gate': {
    scenario: { steps: [ASK_STEP, { status: 'running' }] },
    meanwhile: async (handle) => {
      await waitForOpenGate(handle);
      await handle.cancel();
    },
  },
  abandoned: {
    scenario: { steps: [{ status: 'running' }] },
    input: { onCancel: 'abandon' },
    meanwhile: async (handle) => {
      await waitUntilRunning(handle);
      await handle.cancel();
    },
  },
  deadline: { scenario: { steps: [{ status: 'running' }] }, input: { deadline: '1s' } },
  'gate-denied-in-time': {
    scenario: { steps: [ASK_STEP, { end: 'completed' }] },
    input: { gate: { due: 300, onTimeout: 'deny' } },
  },
  'gate-timed-out': {
    scenario: { steps: [ASK_STEP, { end: 'completed' }] },
    input: { gate: { due: 300, onTimeout: 'fail' } },
  },
  'answered-elsewhere': {
    scenario: { steps: [ASK_STEP, { end: 'completed' }] },
    meanwhile: async (handle, { simulator }) => {
      const { gateId } = await waitForOpenGate(handle);
      const { runId = '' } = await handle.query<RunState>('runState');
      simulator.answerInDuvo(runId, gateId, { approved: true });
    },
  },
  'unknown-gate': {
    scenario: { steps: [{ status: 'running', duration: 2_000 }, { end: 'completed' }] },
    meanwhile: async (handle) => {
      await waitUntilRunning(handle);
      await handle
        .executeUpdate('submitAnswer', { args: [{ gateId: 'none', approved: true, by: 'alice' }] })
        .catch(() => undefined);
    },
  },
  'call-refused': { scenario: { steps: [] } },
  'invalid-input': { scenario: { steps: [] }, input: { deadline: 'soon' } },
  'output-asked-again': {
    scenario: {
      steps: [
        WORK_STEP,
        { end: 'completed', lastMessage: 'twelve' },
        WORK_STEP,
        { end: 'completed', lastMessage: '{"total": 12}' },
      ],
    },
    input: { output: { schema: { required: ['total'] } } },
  },
  'output-invalid': {
    scenario: { steps: [{ end: 'completed', lastMessage: 'twelve' }] },
    input: { output: { schema: { required: ['total'] }, attempts: 1 } },
  },
  'process-gates': {
    scenario: { steps: [] },
    processWorkflow: {
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
      await waitForOpenGate(handle);
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
    processWorkflow: { type: 'asksOf', args: [[{ title: 'Pay 4711?', rethrow: true }]] },
    meanwhile: async (handle) => {
      await waitForOpenGate(handle);
      await handle.cancel();
    },
  },
  'case-completed': { scenario: { steps: [{ end: 'completed' }] }, batchCase: true },
  'case-failed': { scenario: { steps: [{ end: 'failed' }] }, batchCase: true },
  'case-cancelled': {
    scenario: { steps: [{ status: 'running' }] },
    batchCase: true,
    meanwhile: async (handle) => {
      await eventually(async () => (await handle.describe()).memo?.[CASE_ID_MEMO_KEY]);
      await handle.cancel();
    },
  },
  'continued-as-new': {
    scenario: { steps: [ASK_STEP, { end: 'completed' }] },
    meanwhile: async (handle) => {
      await waitForOpenGate(handle);
      const first = (await handle.describe()).runId;
      await eventually(async () => {
        await handle.signal('hint', { source: 'test' });
        return (await handle.describe()).runId !== first;
      });
      await approveGate(handle);
    },
  },
};
