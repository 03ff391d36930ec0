/** The runs whose histories test/record-histories.ts records: one for every way a run ends, and for what happens on the way. */
import type { WorkflowHandle } from '@temporalio/client';
import type { Scenario } from '../../testing';
import { CASE_ID_MEMO_KEY } from '../../contract/batch-contract';
import type { AgentRunInput, Gate, RunState } from '../../contract/run-contract';
import { eventually, openGate, type Stack } from '../support/stack';

const ASK = { ask: { type: 'approval' as const, title: 'Go on?' } };
const WORK = { status: 'running', looks: 2 };

export interface RunRecording {
  scenario: Scenario;
  input?: AgentRunInput;
  /** In place of `agentRun`: a process of test/support/process-workflows.ts, which must stay as it was recorded. */
  asks?: { type: string; args: unknown[] };
  /** In place of `agentRun`: the case of a batch's item. */
  batchCase?: true;
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

export const RUNS: Record<string, RunRecording> = {
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
