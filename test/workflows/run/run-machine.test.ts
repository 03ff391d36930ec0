// Jest's `expect` is too slow for the two million checks of this test.
import assert from 'node:assert/strict';
import { isTerminalStatus } from '../../../contract/runs';
import fc from 'fast-check';
import type { RunSnapshot } from '../../../activities';
import type { GateAnswer } from '../../../contract/gates/gates';
import { markDeliveryStarted } from '../../../workflows/gates/delivery-state';
import * as book from '../../../workflows/gates/gate-book';
import * as machine from '../../../workflows/run/run-machine';

type Event =
  | { kind: 'look'; status: string; request?: { id: string; type: 'approval' | 'question' }; agoMs: number }
  | { kind: 'signal'; answer: GateAnswer }
  | { kind: 'update'; answer: GateAnswer }
  | { kind: 'send' }
  | { kind: 'deliver'; verdict: 'delivered' | 'overtaken' | 'refused' }
  | { kind: 'time out' }
  | { kind: 'settle' };

const QUESTION = 'Which ledger?';
const gateIds = fc.constantFrom('g1', 'g2', 'g3', 'g1~2', 'g2~2', 'never');
/** The type of a gate is derived from its id, because Duvo never changes the type of a request. */
const typeOf = (id: string) => (id === 'g2' ? ('question' as const) : ('approval' as const));

const answers: fc.Arbitrary<GateAnswer> = fc.record(
  {
    gateId: gateIds,
    approved: fc.boolean(),
    answers: fc.constantFrom({ [QUESTION]: 'main' }, { [QUESTION]: 'no option' }, {}),
    by: fc.constantFrom('alice', 'bob', ''),
    comment: fc.constant('checked'),
  },
  { requiredKeys: ['gateId', 'by'] },
);
const events: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('look' as const),
      status: fc.constantFrom('pending', 'running', 'odd'),
      agoMs: fc.nat(5_000),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(fc.constantFrom('g1', 'g2', 'g3'), fc.nat(5_000)).map(([id, agoMs]) => ({
      kind: 'look' as const,
      status: 'waiting',
      request: { id, type: typeOf(id) },
      agoMs,
    })),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('look' as const),
      status: fc.constantFrom('completed', 'failed', 'canceled', 'interrupted', 'gone'),
      agoMs: fc.nat(5_000),
    }),
  },
  { weight: 5, arbitrary: answers.map((answer) => ({ kind: 'signal' as const, answer })) },
  { weight: 5, arbitrary: answers.map((answer) => ({ kind: 'update' as const, answer })) },
  {
    weight: 5,
    arbitrary: fc
      .constantFrom('delivered' as const, 'overtaken' as const, 'refused' as const)
      .map((verdict) => ({ kind: 'deliver' as const, verdict })),
  },
  { weight: 2, arbitrary: fc.constant({ kind: 'send' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'time out' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'settle' as const }) },
);

function lookOf({ status, request, agoMs }: Extract<Event, { kind: 'look' }>): RunSnapshot {
  return {
    runId: 'run-1',
    status,
    hasStarted: status !== 'pending',
    changedAgoMs: agoMs,
    ...(request && {
      request: {
        ...request,
        title: 'Go on?',
        ...(request.type === 'question' && { questions: [{ question: QUESTION, options: [{ label: 'main' }] }] }),
      },
    }),
  };
}

/** The signals that were sent so far. Each of them must be in exactly one place of the state. */
interface Account {
  signals: number;
  settledSignals: number;
}

function apply(memory: machine.RunMemory, event: Event, now: number, account: Account): void {
  const pending = machine.nextDelivery(memory);
  const via = pending?.acceptedAnswer.via;
  const hadLeft = pending?.acceptedAnswer.deliveryStarted === true;
  switch (event.kind) {
    case 'look':
      machine.applyPolledRun(memory, lookOf(event), now, { due: 60_000, isConfirmation: event.agoMs % 2 === 0 });
      // When a poll closes a gate with an accepted answer, the answer counts as delivered if its delivery had started;
      // otherwise it is listed as unused.
      if (pending && pending.gate.status === 'closed') {
        const arrived = pending.gate.by !== undefined;
        if (!hadLeft) assert.equal(arrived, false);
        if (arrived && via === 'signal') account.settledSignals++;
        if (!arrived && via === 'update') account.signals++;
      }
      return;
    case 'signal':
      account.signals++;
      machine.applyAnswerSignalToRun(memory, event.answer, now);
      return;
    case 'update': {
      const check = book.checkAnswer(memory, event.answer);
      if (check.fits) book.acceptAnswer(check.record, { ...event.answer, via: 'update' });
      return;
    }
    case 'send':
      if (pending) markDeliveryStarted(pending);
      return;
    case 'deliver':
      if (!pending) return;
      markDeliveryStarted(pending);
      if (event.verdict === 'delivered') {
        if (pending.acceptedAnswer.via === 'signal') account.settledSignals++;
        machine.applyDelivery(memory, pending, now);
      } else if (event.verdict === 'overtaken') {
        if (pending.acceptedAnswer.via === 'update') account.signals++;
        machine.applyAnsweredElsewhere(memory, pending, now);
      } else {
        if (pending.acceptedAnswer.via === 'update') account.signals++;
        machine.applyDeliveryRefusal(memory, pending, now, 'refused');
      }
      return;
    case 'time out': {
      const [record] = book.listOpenGates(memory);
      if (!record || record.acceptedAnswer) return;
      book.acceptAnswer(record, { gateId: record.gate.gateId, approved: false, by: '', timedOut: true });
      machine.applyDelivery(memory, record, now);
      return;
    }
    case 'settle':
      if (!pending && book.listOpenGates(memory).length === 0 && isTerminalStatus(memory.status))
        machine.applyRunEnd(memory, now);
  }
}

function check(memory: machine.RunMemory, before: machine.RunMemory, now: number, account: Account): void {
  // A closed gate never changes.
  for (const { gate } of before.gates) {
    if (gate.status === 'closed')
      assert.deepEqual(memory.gates.find((record) => record.gate.gateId === gate.gateId)?.gate, gate);
  }
  const ids = memory.gates.map(({ gate }) => gate.gateId);
  assert.equal(new Set(ids).size, ids.length);
  for (const { gate, acceptedAnswer } of memory.gates) {
    assert.equal(gate.status === 'closed', gate.outcome !== undefined);
    if (gate.status === 'closed') assert.equal(acceptedAnswer, undefined);
    // Only an answer by a person may set the name of a person: one that was delivered, or one that may have arrived.
    const isPersons = gate.outcome === 'approved' || gate.outcome === 'denied' || gate.outcome === 'answered';
    if (gate.delivery === undefined || isPersons) assert.equal(gate.by !== undefined, isPersons);
    if (isPersons) assert.equal(gate.outcome === 'answered', gate.type === 'question');
    if (acceptedAnswer && !acceptedAnswer.timedOut) assert.equal(acceptedAnswer.gateId, gate.gateId);
  }
  // A run that has ended keeps its status.
  if (isTerminalStatus(before.status)) {
    assert.equal(memory.status, before.status);
    assert.equal(book.listOpenGates(memory).length, 0);
    if (before.isClosed) assert.equal(memory.earlyAnswers.length, 0);
  }
  // No signal is lost: each answer is delivered, in delivery, waiting for its gate, or listed as unused.
  const underWay = memory.gates.filter(({ acceptedAnswer }) => acceptedAnswer?.via === 'signal').length;
  assert.equal(
    account.settledSignals + underWay + memory.earlyAnswers.length + memory.unusedAnswers.length,
    account.signals,
  );
  // All time is counted exactly once.
  const { queuedMs, agentMs, humanMs } = machine.clocksAt(memory, now);
  assert.ok(Math.min(queuedMs, agentMs, humanMs) >= 0);
  const end = memory.clocks.phase === 'done' ? memory.clocks.phaseStartedAtMs : now;
  assert.equal(queuedMs + agentMs + humanMs, end);
}

test('any sequence of polls, answers, deliveries and timeouts keeps the invariants, with continue-as-new at any point', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(events, fc.nat(10_000)), { maxLength: 40 }), (sequence) => {
      let memory = machine.newRunMemory('wf', 0);
      let now = 0;
      const account: Account = { signals: 0, settledSignals: 0 };
      for (const [event, elapsed] of sequence) {
        now += elapsed;
        // The state is converted to JSON and back before every step, as continue-as-new does. So nothing can depend on
        // what JSON loses.
        const json = JSON.stringify(memory);
        memory = JSON.parse(json) as machine.RunMemory;
        const before = JSON.parse(json) as machine.RunMemory;
        apply(memory, event, now, account);
        check(memory, before, now, account);
      }
    }),
    { numRuns: 5_000 },
  );
});
