import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { WorkflowHandle } from '@temporalio/client';
import {
  checkPolicyCombinations,
  type GatePolicy,
  gatePolicyFields,
  toRecordedPolicy,
} from '../../../../contract/gates/gate-policy';
import type { Gate } from '../../../../contract/gates/gates';
import type { ReceiptsPage } from '../../../../contract/gates/receipts';
import { object } from '../../../../contract/input-checks';
import { DuvoTestEnvironment } from '../../../../testing';
import { findGateTimes } from '../../../../workflows/gates/changes/gate-times';
import * as book from '../../../../workflows/gates/gate-book';
import { startReceiptLog } from '../../../../workflows/gates/receipt-log';
import { timedPolicies, type TimelineEntry, timelineOf, toEntries } from '../../../support/gates/gate-timelines';
import { eventually, workflowBundle } from '../../../support/stack';
import type { DelayedGateInput } from '../../../support/workflows/processes';

let env: DuvoTestEnvironment;
beforeAll(async () => {
  env = await DuvoTestEnvironment.create({ timeSkipping: true });
}, 300_000);
afterAll(() => env?.stop());

const MINUTE_MS = 60_000;

/** Plays the times of a gate that nobody answers. Between two of them, the state goes through continue-as-new. */
function play(policy: GatePolicy): { events: TimelineEntry[]; end: TimelineEntry } {
  let state: book.GateBook = {
    workflowId: 'w',
    gates: [],
    earlyAnswers: [],
    unusedAnswers: [],
    receipts: startReceiptLog('c'),
  };
  const { due, onTimeout } = policy;
  const request = { gateId: 'g', source: 'process', type: 'approval', title: 'Pay?' } as const;
  book.openGate(state, request, 0, { due, onTimeout, policy: toRecordedPolicy(policy) });
  for (;;) {
    state = JSON.parse(JSON.stringify(state)) as book.GateBook;
    const record = state.gates[0] as book.GateRecord;
    const { gate, onTimeout: action = 'hold' } = record;
    if (gate.status === 'closed')
      return {
        events: toEntries(gate.events ?? [], gate.openedAt),
        end: [Date.parse(gate.at ?? '') / MINUTE_MS, action],
      };
    let now = 0;
    const times = findGateTimes(state, record, (overdue) => book.closeGate(state, overdue, 'timed-out', now));
    const [next] = [...times].sort(([one], [other]) => one.atMs - other.atMs);
    if (!next) throw new Error('the gate never ends');
    now = next[0].atMs;
    next[1](now);
  }
}

test('due time, reminders and escalation come in the exact order of the policy, over continue-as-new', () => {
  fc.assert(
    fc.property(timedPolicies, (policy) => {
      object(gatePolicyFields)(policy, '');
      checkPolicyCombinations(policy);
      expect(play(policy)).toEqual(timelineOf(policy));
    }),
    { numRuns: 2_000 },
  );
});

test('due time, reminders and escalation of gates come at their exact times under time skipping', async () => {
  const policies = fc.sample(timedPolicies, 25);
  const gates = policies.map((policy, n): DelayedGateInput => ({ title: 'Pay?', id: `g-${n}`, ...policy }));
  const [results, opened] = await env.withWorker({ workflowBundle: workflowBundle() }, async () => {
    const options = { taskQueue: 'duvo', workflowId: randomUUID(), args: [gates] };
    const handle = await env.client.workflow.start('asksOf', options);
    return [
      (await handle.result()) as { approved: boolean; at: string }[],
      await handle.query<Gate[]>('gates'),
    ] as const;
  });
  policies.forEach((policy, n) => {
    const { events = [], openedAt, at = '' } = opened.find(({ gateId }) => gateId === `g-${n}`) as Gate;
    const expected = timelineOf(policy);
    expect(toEntries(events, openedAt)).toEqual(expected.events);
    const [minute, action] = expected.end;
    expect(Math.round((Date.parse(at) - Date.parse(openedAt)) / MINUTE_MS)).toBe(minute);
    expect(results[n]).toMatchObject({ approved: action === 'approve', outcome: 'timed-out' });
  });
}, 60_000);

test('an escalation of a run gives the gate to other approvers, and its last step denies it', async () => {
  const agentId = 'escalated';
  env.simulator.script(agentId, { steps: [{ ask: { type: 'approval', title: 'Pay?' } }, { end: 'completed' }] });
  const gate: GatePolicy = {
    approvers: ['alice'],
    reminders: [{ every: '5h' }],
    escalation: [
      { after: '8h', to: ['bob'] },
      { after: '12h', to: ['carol'], mode: 'replace' },
      { after: '18h', then: 'deny' },
    ],
  };
  const [ended, receipts] = await env.withWorker({ workflowBundle: workflowBundle() }, async () => {
    const args = [{ agentId, gate, watch: { atGate: '100h' } }];
    const handle = await env.client.workflow.start('agentRun', { taskQueue: 'duvo', workflowId: agentId, args });
    const { gates } = (await handle.result()) as { gates: Gate[] };
    return [gates[0] as Gate, (await handle.query<ReceiptsPage>('receipts')).receipts] as const;
  });
  expect(ended).toMatchObject({ outcome: 'timed-out', policy: { approvers: ['carol'] } });
  expect(toEntries(ended.events ?? [], ended.openedAt).map(([minute, what]) => [minute / 60, what])).toEqual([
    [5, 'reminded'],
    [8, 'escalated add bob'],
    [10, 'reminded'],
    [12, 'escalated replace carol'],
    [15, 'reminded'],
    [18, 'escalated deny'],
  ]);
  expect(receipts).toMatchObject([
    { verdict: 'escalated', status: 'open', approvers: ['alice', 'bob'] },
    { verdict: 'escalated', approvers: ['carol'] },
    { verdict: 'timed-out', status: 'closed' },
  ]);
  expect(receipts[0]).not.toHaveProperty('by');
}, 60_000);

test('an answer ends reminders and escalation, and people who have answered are not reminded', async () => {
  const gate: DelayedGateInput = {
    title: 'Pay?',
    approvers: ['alice', 'bob'],
    quorum: 2,
    reminders: [{ every: '1h' }],
    escalation: [{ after: '40d', to: ['boss'] }],
  };
  const readGate = async (handle: WorkflowHandle) => (await handle.query<Gate[]>('gates').catch(() => []))[0];
  const closed = await env.withWorker({ workflowBundle: workflowBundle() }, async () => {
    const options = { taskQueue: 'duvo', workflowId: randomUUID(), args: [[gate]] };
    const handle = await env.client.workflow.start('asksOf', options);
    const answer = (by: string) =>
      handle.executeUpdate('submitAnswer', { args: [{ gateId: 'p-1', approved: true, by }] });
    await eventually(() => readGate(handle));
    await answer('alice');
    await answer('bob');
    await handle.result();
    return readGate(handle);
  });
  expect(closed).toMatchObject({ outcome: 'approved' });
  expect(closed?.events ?? []).not.toContainEqual(expect.objectContaining({ type: 'escalated' }));
}, 60_000);

const check = (policy: object) => {
  object(gatePolicyFields)(policy, '');
  checkPolicyCombinations(policy);
};

test.each<[object, RegExp]>([
  [{ reminders: [{}] }, /^reminders\[0\] must have either before or every/],
  [{ reminders: [{ before: '1h', every: '1h' }] }, /^reminders\[0\] must have either/],
  [{ reminders: [{ before: '1h' }] }, /^due is missing: reminders\[0\]\.before/],
  [{ reminders: [{ every: '1s' }] }, /^reminders\[0\]\.every is shorter than a minute/],
  [{ reminders: [] }, /^reminders must be a list such as/],
  [{ escalation: [{ to: ['b'] }] }, /^escalation\[0\]\.after is missing/],
  [{ escalation: [{ after: '1h' }] }, /^escalation\[0\] must have either to or then/],
  [{ escalation: [{ after: '1h', to: [] }] }, /^escalation\[0\]\.to is empty/],
  [{ escalation: [{ after: '1h', to: ['b'] }] }, /^approvers is missing: anybody may answer/],
  [
    {
      escalation: [
        { after: '1h', then: 'deny' },
        { after: '2h', then: 'deny' },
      ],
    },
    /^escalation\[0\]\.then is not in/,
  ],
  [
    {
      approvers: ['a'],
      escalation: [
        { after: '2h', to: ['b'] },
        { after: '1h', then: 'deny' },
      ],
    },
    /\[1\]\.after is not later/,
  ],
  [{ quorum: { legal: 1 }, escalation: [{ after: '2h', to: ['b'] }] }, /^escalation\[0\]\.to has no place/],
])('the policy %j is refused by its field', (policy, message) => {
  expect(() => check(policy)).toThrow(message);
});
