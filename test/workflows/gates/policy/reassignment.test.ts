import fc from 'fast-check';
import { findChangeFormatProblem } from '../../../../contract/gates/change-format';
import { addGateEvent, type GateEvent } from '../../../../contract/gates/gate-events';
import { type RecordedPolicy, votingEntries } from '../../../../contract/gates/gate-policy';
import { jsonBytes } from '../../../../contract/text/cut-text';
import { applyChange, checkChange } from '../../../../workflows/gates/changes/apply-change';
import * as book from '../../../../workflows/gates/gate-book';
import { startReceiptLog } from '../../../../workflows/gates/receipt-log';

function bookWithGate(policy: RecordedPolicy): { state: book.GateBook; record: book.GateRecord } {
  const log = startReceiptLog('c');
  const state = { workflowId: 'w', gates: [], earlyAnswers: [], unusedAnswers: [], receipts: log };
  const request = { gateId: 'g', source: 'process', type: 'approval', title: 'Pay?' } as const;
  return { state, record: book.openGate(state, request, 0, { policy }) };
}

const change = { gateId: 'g', by: 'boss', reason: 'ill' };

function answer(state: book.GateBook, by: string, approved: boolean, groups?: string[]): boolean {
  const given = { gateId: 'g', by, approved, ...(groups && { groups }) };
  const check = book.checkAnswer(state, given);
  if (check.fits) book.applyAnswer(state, check.record, book.toAcceptedAnswer(given, 'update'), 1);
  return check.fits;
}

function reassign(state: book.GateBook, approvers: string[], mode?: 'add' | 'replace'): boolean {
  const payload = { ...change, approvers, ...(mode && { mode }) };
  const check = checkChange(state, 'reassignGate', payload);
  if (check.fits) applyChange(state, check.record, 'reassignGate', payload, 2);
  return check.fits;
}

test('a vote by majority that was given keeps its place among other approvers', () => {
  const { state, record } = bookWithGate({ approvers: ['a', 'b', 'c'], quorum: 2, denial: 'majority' });
  expect(answer(state, 'b', true)).toBe(true);
  expect(reassign(state, ['x'])).toBe(true);
  expect(record.gate).toMatchObject({ policy: { approvers: ['b', 'x'] }, approvals: 1, needed: 2 });
  expect(answer(state, 'b', true)).toBe(false);
  expect(answer(state, 'a', true)).toBe(false);
  expect(answer(state, 'x', true)).toBe(true);
  expect(record.acceptedAnswer).toMatchObject({ by: 'x', approved: true });
});

test('approvers with too few votes for the quorum are refused', () => {
  const { state } = bookWithGate({ approvers: ['a', 'b', 'c'], quorum: 2, denial: 'majority' });
  expect(answer(state, 'a', false)).toBe(true);
  expect(checkChange(state, 'reassignGate', { ...change, approvers: ['x'] })).toMatchObject({
    reason: expect.stringMatching(/too few votes are left/) as string,
  });
  expect(reassign(state, ['x', 'y'])).toBe(true);
});

test('a quorum by group is replaced together with the approvers', () => {
  const { state, record } = bookWithGate({ quorum: { legal: 1, finance: 1 } });
  expect(answer(state, 'alice', true, ['legal'])).toBe(true);
  expect(checkChange(state, 'reassignGate', { ...change, approvers: ['cfo'] })).toMatchObject({
    reason: expect.stringMatching(/quorum of this gate names groups/) as string,
  });
  const payload = { ...change, approvers: ['cfo'], quorum: 2 };
  expect(checkChange(state, 'reassignGate', payload)).toMatchObject({ fits: true });
  applyChange(state, record, 'reassignGate', payload, 2);
  expect(answer(state, 'cfo', true)).toBe(true);
  expect(record.acceptedAnswer).toMatchObject({ by: 'cfo' });
});

test('changes at random never decide a gate and never lose an approval', () => {
  const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), { minLength: 1 });
  const step = fc.oneof(
    fc.record({ by: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), approved: fc.boolean() }),
    fc.record({ names, mode: fc.constantFrom('add' as const, 'replace' as const) }),
  );
  const policies = fc.constantFrom<RecordedPolicy>(
    { approvers: ['a', 'b', 'c'], quorum: 2 },
    { approvers: ['a', 'b', 'c', 'd'], quorum: 3, denial: 'majority', exclude: ['f'] },
  );
  fc.assert(
    fc.property(policies, fc.array(step, { maxLength: 20 }), (policy, steps) => {
      const { state, record } = bookWithGate(policy);
      for (const one of steps) {
        const before = record.gate.decisions?.length ?? 0;
        if ('by' in one) answer(state, one.by, one.approved);
        else if (!record.acceptedAnswer && reassign(state, one.names, one.mode)) {
          expect(record.acceptedAnswer).toBeUndefined();
          expect(record.gate.decisions).toHaveLength(before);
          const may = record.gate.policy?.approvers ?? [];
          expect(may).toEqual(expect.arrayContaining(one.names));
          const free = votingEntries(record.gate.policy ?? {}).filter((name) =>
            record.gate.decisions?.every(({ by }) => by !== name),
          );
          // Somebody can still decide.
          expect(free.some((by) => book.checkAnswer(state, { gateId: 'g', by, approved: true }).fits)).toBe(
            free.length > 0,
          );
        }
      }
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ['2026-12-24T17:00:00+01:00', true],
  ['2026-12-24T17:00Z', true],
  ['2026-12-24T17:00:00', false],
  ['2026-02-30T00:00:00Z', false],
  ['2026-12-24', false],
  ['36', false],
  ['0s', false],
  ['2d', true],
])('the due time %s is accepted: %s', (due, isAccepted) => {
  expect(findChangeFormatProblem('extendGate', { ...change, due }) === undefined).toBe(isAccepted);
});

test('the events of a gate have a limit in bytes, and the last ones are kept', () => {
  const gate: { events?: GateEvent[]; omittedEvents?: number } = {};
  for (let n = 0; n < 200; n++)
    addGateEvent(gate, { type: 'reassigned', at: `${n}`, reason: '請'.repeat(10_000), to: ['請'.repeat(60), '法務'] });
  expect(jsonBytes(gate.events)).toBeLessThanOrEqual(10_000);
  expect(gate.events?.at(-1)?.at).toBe('199');
  expect((gate.events?.length ?? 0) + (gate.omittedEvents ?? 0)).toBe(200);
});
