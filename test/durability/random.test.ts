import fc from 'fast-check';
import type { WorkflowHandle } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import type { FaultHandle } from '../../testing';
import type { AgentRunResult, RunState } from '../../contract/runs';
import type { Gate } from '../../contract/gates';
import { eventually, type Stack, startStack } from '../support/stack';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

type Step =
  | { do: 'update' | 'signal'; which: 'open' | 'closed' | 'unknown'; approved: boolean }
  | { do: 'hint' | 'answer in Duvo' | 'restart the worker' | 'cancel' | 'fault' };

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('update' as const, 'signal' as const),
      which: fc.constantFrom('open' as const, 'open' as const, 'closed' as const, 'unknown' as const),
      approved: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('hint' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('answer in Duvo' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('restart the worker' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('fault' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const) }) },
);

/** What a sequence keeps: its agent, the gates whose answer an update reported as delivered, the losses it planned. */
interface Sequence {
  agentId: string;
  accepted: Set<string>;
  faults: FaultHandle[];
}

const isOpen = ({ status }: Gate) => status === 'open';
const gatesOf = (handle: WorkflowHandle) => handle.query<Gate[]>('gates');
const closed = (error: unknown) => error instanceof Error && error.name === 'WorkflowNotFoundError';
/** A message to a workflow that has ended is too late, which is no fault. */
const late = (promise: Promise<unknown>) =>
  promise.catch((error: unknown) => (closed(error) ? undefined : Promise.reject(error as Error)));

async function take(handle: WorkflowHandle, step: Step, { agentId, accepted, faults }: Sequence): Promise<void> {
  const gates = await gatesOf(handle);
  switch (step.do) {
    case 'hint':
      await late(handle.signal('hint', { source: 'random' }));
      return;
    case 'fault':
      // One at a time: each loss costs a retry, and their waits grow.
      if (!faults.some(({ hits }) => hits === 0))
        faults.push(stack.simulator.addFault({ operation: 'respond', agentId, effect: { dropResponse: true } }));
      return;
    case 'restart the worker':
      await stack.stopWorkers();
      await stack.startWorkers();
      return;
    case 'cancel':
      await late(handle.cancel());
      return;
    case 'answer in Duvo': {
      const gate = gates.find(isOpen);
      const { runId = '' } = await handle.query<RunState>('runState');
      const pending =
        gate &&
        stack.simulator
          .getRun(runId)
          .humanRequests.find(({ id, status }) => id === gate.gateId && status === 'pending');
      if (pending) stack.simulator.answerInDuvo(runId, pending.id, { approved: true });
      return;
    }
    default: {
      const known = gates.find((gate) => isOpen(gate) === (step.which === 'open'));
      const gateId = step.which === 'unknown' ? 'unknown' : (known?.gateId ?? 'unknown');
      const answer = { gateId, approved: step.approved, by: step.do };
      if (step.do === 'signal') await late(handle.signal('answerGate', answer));
      else {
        await handle.executeUpdate('submitAnswer', { args: [answer] }).then(
          () => accepted.add(gateId),
          // Refused, or too late.
          () => undefined,
        );
      }
    }
  }
}

/** Answers what is still open, until the run ends; gives its result, or nothing when it was cancelled. */
async function finish(handle: WorkflowHandle): Promise<AgentRunResult | undefined> {
  let done = false;
  const end = (handle.result() as Promise<AgentRunResult>).then(
    (result) => result,
    () => undefined,
  );
  void end.then(() => (done = true));
  await eventually(async () => {
    const gate = (await gatesOf(handle)).find(isOpen);
    if (gate && !done)
      await handle
        .executeUpdate('submitAnswer', { args: [{ gateId: gate.gateId, approved: true, by: 'finisher' }] })
        .catch(() => undefined);
    return done;
  });
  return end;
}

/** The gates whose answer took more than one attempt to deliver, or was being delivered when a cancel ended that. */
async function doubtfulDeliveries(handle: WorkflowHandle): Promise<string[]> {
  const { events = [] } = await handle.fetchHistory();
  const doubtful = (events ?? []).flatMap(
    ({ activityTaskStartedEventAttributes: begun, activityTaskCanceledEventAttributes: cut }) => {
      if (cut) return [Number(cut.scheduledEventId)];
      return begun && (begun.attempt ?? 1) > 1 ? [Number(begun.scheduledEventId)] : [];
    },
  );
  return (events ?? []).flatMap(({ eventId, activityTaskScheduledEventAttributes: call }) => {
    if (call?.activityType?.name !== 'respondToHumanRequest' || !doubtful.includes(Number(eventId))) return [];
    return (call.input?.payloads ?? []).map(
      (payload) => defaultPayloadConverter.fromPayload<{ requestId: string }>(payload).requestId,
    );
  });
}

test('random answers, hints, cancels, faults and restarts: one run, at most one answer a gate, evidence that is true', async () => {
  let n = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { minLength: 1, maxLength: 8 }), async (sequence) => {
      const agentId = `random-${++n}`;
      const ask = (title: string) => ({ ask: { type: 'approval' as const, title } });
      stack.simulator.script(agentId, {
        steps: [ask('one'), { status: 'running', polls: 1 }, ask('two'), { end: 'completed' }],
        lastMessage: agentId,
      });
      const handle = await stack.start({ agentId });
      const accepted = new Set<string>();
      const faults: FaultHandle[] = [];
      for (const step of sequence) {
        await eventually(
          async () => (await gatesOf(handle)).some(isOpen) || (await handle.describe()).status.name !== 'RUNNING',
        );
        await take(handle, step, { agentId, accepted, faults });
      }
      const result = await finish(handle);
      const gates = await gatesOf(handle);
      const runs = stack.simulator.runs.filter((run) => run.agentId === agentId);

      expect(runs).toHaveLength(1);
      expect(gates.filter(isOpen)).toEqual([]);
      for (const gate of gates) {
        const request = runs[0]?.humanRequests.find(({ id }) => id === gate.gateId);
        const delivered = stack.simulator.ledger.filter(
          (entry) => entry.operation === 'respond' && entry.requestId === gate.gateId && entry.committed,
        );
        expect(delivered.length).toBeLessThanOrEqual(1);
        if (gate.outcome === 'approved' || gate.outcome === 'denied') {
          // When an attempt to deliver our answer was lost, or its response was, a 409 to the next one may be due to it or
          // to somebody else's answer: it is taken for ours (docs/guarantees.md). Without a loss there is no such doubt.
          // Likewise for one whose delivery was cut short by the cancel: before it was sent, or after, nobody can tell.
          if (request?.answeredVia === 'ui' && (await doubtfulDeliveries(handle)).includes(gate.gateId)) continue;
          expect(request).toMatchObject({ answeredVia: 'api', answer: { approved: gate.outcome === 'approved' } });
          expect(gate.by).toBeDefined();
        }
        if (gate.outcome === 'answered-elsewhere') expect(request?.answeredVia).toBe('ui');
        if (gate.outcome === 'withdrawn') expect(result).toBeUndefined();
        // What an update said was delivered is what the gate says.
        if (accepted.has(gate.gateId)) expect(['approved', 'denied']).toContain(gate.outcome);
      }
      if (result) expect(result).toMatchObject({ status: 'completed', output: agentId });
      else {
        expect((await handle.describe()).status.name).toBe('CANCELLED');
        const { cancel } = await handle.query<RunState>('runState');
        expect(cancel).toBe(runs[0]?.status === 'canceled' ? 'confirmed' : 'already-finished');
        expect(['canceled', 'completed']).toContain(runs[0]?.status);
      }
    }),
    { numRuns: 25, endOnFailure: true },
  );
}, 240_000);
