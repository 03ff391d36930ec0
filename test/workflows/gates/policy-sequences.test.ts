// Jest's `expect` is too slow for the many checks of this test.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type RecordedPolicy, quorumSize } from '../../../contract/gates/gate-policy';
import type { GateAnswer } from '../../../contract/gates/gates';
import * as book from '../../../workflows/gates/gate-book';
import { startReceiptLog } from '../../../workflows/gates/receipt-log';

/** Five people; a person claims the groups of the person and no others. */
const GROUPS: Record<string, string[]> = {
  alice: ['legal'],
  bob: ['legal', 'finance'],
  carol: ['finance'],
  dave: [],
  eve: ['finance', 'board'],
};
const PEOPLE = Object.keys(GROUPS);

const person = fc.constantFrom(...PEOPLE);
const exclude = fc.option(fc.uniqueArray(fc.constantFrom('alice', 'eve', 'starter'), { minLength: 1 }), {
  nil: undefined,
});
const approvers = fc.uniqueArray(fc.constantFrom('alice', 'dave', 'legal', 'finance', 'board'), { minLength: 1 });
const byGroup = fc.constantFrom<Record<string, number>>(
  { legal: 1, finance: 1 },
  { legal: 2, finance: 1 },
  { legal: 1, finance: 1, board: 1 },
);
const policies: fc.Arbitrary<RecordedPolicy> = fc
  .oneof(
    fc.record({ approvers: fc.option(approvers, { nil: undefined }), exclude, quorum: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ approvers: fc.option(approvers, { nil: undefined }), exclude, quorum: byGroup }),
    fc.record({
      approvers: fc.uniqueArray(fc.constantFrom('bob', 'dave', 'legal', 'finance', 'board'), { minLength: 3 }),
      exclude,
      quorum: fc.integer({ min: 1, max: 3 }),
      denial: fc.constant('majority' as const),
    }),
  )
  .map((policy) => ({ ...policy, ...(policy.exclude?.includes('starter') && { starter: 'carol' }) }));

type Event = { kind: 'signal' | 'update'; by: string; approved: boolean } | { kind: 'open' | 'carry' | 'refuse' };
const events: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constantFrom('signal' as const, 'update' as const),
      by: person,
      approved: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.constant(false)),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: 'open' as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'carry' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'refuse' as const }) },
);

/** Plays events on a gate, and returns the book at the end. Each carry stands for a continue-as-new. */
function play(policy: RecordedPolicy, sequence: Event[]): book.GateBook {
  let state: book.GateBook = {
    workflowId: 'w',
    gates: [],
    earlyAnswers: [],
    unusedAnswers: [],
    receipts: startReceiptLog('c'),
  };
  let closedAs: string | undefined;
  sequence.forEach((event, now) => {
    const answer = (): GateAnswer => {
      const { by, approved } = event as { by: string; approved: boolean };
      return { gateId: 'g', approved, by, groups: GROUPS[by] };
    };
    const [record] = state.gates;
    if (event.kind === 'carry') state = JSON.parse(JSON.stringify(state)) as book.GateBook;
    else if (event.kind === 'open') {
      if (!record)
        book.openGate(state, { gateId: 'g', source: 'duvo', type: 'approval', title: 'Pay?' }, now, { policy });
    } else if (event.kind === 'refuse') {
      // Duvo refuses the delivery, so that the gate is open again.
      if (record?.acceptedAnswer && record.gate.status === 'open') book.removeAcceptedAnswer(record);
    } else if (event.kind === 'signal') book.applyAnswerSignal(state, answer(), now);
    else {
      const check = book.checkAnswer(state, answer());
      if (check.fits) book.applyAnswer(state, check.record, book.toAcceptedAnswer(answer(), 'update'), now);
    }
    const [last] = state.gates;
    if (last) checkCounted(policy, last);
    // The delivery succeeds at every third step.
    if (last?.acceptedAnswer && now % 3 === 0 && last.gate.status === 'open')
      book.closeAnswered(state, last, last.acceptedAnswer, now);
    if (last?.gate.status !== 'closed') return;
    const closed = JSON.stringify(last.gate);
    assert.equal(closedAs ?? closed, closed);
    closedAs = closed;
  });
  return state;
}

/** Checks the decisions against the policy without the code under test: by trying all seats for all people. */
function checkCounted(policy: RecordedPolicy, { gate, acceptedAnswer }: book.GateRecord): void {
  const decisions = gate.decisions ?? [];
  const people = decisions.map(({ by }) => by);
  assert.equal(new Set(people).size, people.length);
  for (const by of people) {
    assert.equal(policy.exclude?.includes(by) ?? false, false);
    assert.notEqual(by, policy.exclude?.includes('starter') ? 'carol' : undefined);
    const allowed = policy.approvers ?? (typeof policy.quorum === 'object' ? Object.keys(policy.quorum) : [by]);
    assert.equal(
      allowed.some((name) => name === by || GROUPS[by]?.includes(name)),
      true,
    );
  }
  const approving = decisions.filter(({ approved }) => approved).map(({ by }) => by);
  const denials = decisions.length - approving.length;
  const isFilled = canFill(policy, approving);
  const isDenied =
    policy.denial === 'majority' ? votesOf(policy).length - denials < quorumSize(policy.quorum) : denials > 0;
  const decided = gate.status === 'closed' ? gate.outcome === 'approved' : acceptedAnswer?.approved;
  assert.equal(decided, isFilled ? true : isDenied ? false : undefined);
  assert.equal(isFilled && isDenied, false);
}

const votesOf = ({ approvers = [], exclude = [], starter }: RecordedPolicy) =>
  approvers.filter((entry) => !exclude.includes(entry) && entry !== starter);

/** Whether distinct people fill each seat of the quorum. */
function canFill({ quorum }: RecordedPolicy, people: string[]): boolean {
  if (typeof quorum !== 'object') return people.length >= quorumSize(quorum);
  const seats = Object.entries(quorum).flatMap(([group, count]) => Array.from({ length: count }, () => group));
  const fill = ([seat, ...rest]: string[], left: string[]): boolean =>
    seat === undefined ||
    left.some(
      (by) =>
        GROUPS[by]?.includes(seat) &&
        fill(
          rest,
          left.filter((other) => other !== by),
        ),
    );
  return fill(seats, people);
}

test('racing, early, second and forbidden answers decide a gate once and by its policy, over continue-as-new', () => {
  const outcomes = new Set<unknown>();
  fc.assert(
    fc.property(policies, fc.array(events, { maxLength: 25 }), (policy, sequence) => {
      const [record] = play(policy, sequence).gates;
      outcomes.add(record?.gate.outcome);
    }),
    { numRuns: 5_000 },
  );
  expect(outcomes).toEqual(new Set([undefined, 'approved', 'denied']));
});

test('a person of two groups moves to the other group when another person needs the place', () => {
  const policy = { quorum: { legal: 1, finance: 1 } };
  const approve = (by: string): Event => ({ kind: 'update', by, approved: true });
  const [record] = play(policy, [{ kind: 'open' }, approve('bob'), approve('alice')]).gates;
  expect(record?.gate.decisions).toMatchObject([
    { by: 'bob', group: 'finance' },
    { by: 'alice', group: 'legal' },
  ]);
  expect(record?.acceptedAnswer).toMatchObject({ approved: true });
});

test('one person of two groups does not fill both', () => {
  const policy = { quorum: { legal: 1, finance: 1 } };
  const bob: Event = { kind: 'update', by: 'bob', approved: true };
  const [record] = play(policy, [{ kind: 'open' }, bob, bob]).gates;
  expect(record?.gate).toMatchObject({ status: 'open', approvals: 1, needed: 2 });
});
