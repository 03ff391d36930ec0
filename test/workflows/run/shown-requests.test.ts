import type { RunSnapshot } from '../../../activities';
import { toRunSnapshot } from '../../../activities/runs/run-snapshot';
import type { RunView } from '../../../duvo';
import { markDeliveryEnded, markStaleRequestOver } from '../../../workflows/gates/delivery-state';
import * as book from '../../../workflows/gates/gate-book';
import * as machine from '../../../workflows/run/run-machine';

describe('a gate whose request a read does not show', () => {
  const base = { runId: 'run-1', hasStarted: true, changedAgoMs: 0 };
  const asking = (id: string, changedAgoMs = 0): RunSnapshot => ({
    ...base,
    changedAgoMs,
    status: 'waiting',
    request: { id, type: 'approval', title: 'Pay?' },
  });
  const running: RunSnapshot = { ...base, status: 'running' };
  const poll = (memory: machine.RunMemory, polled: RunSnapshot, now: number, isConfirmation = false) =>
    machine.applyPolledRun(memory, polled, now, { isConfirmation });
  const atGate = () => {
    const memory = machine.newRunMemory('w', 0);
    poll(memory, asking('g1'), 1_000);
    return memory;
  };
  const outcomes = ({ gates }: machine.RunMemory) => gates.map(({ gate }) => gate.outcome ?? gate.status);

  test.each([
    ['running', running],
    ['waiting without a request', { ...base, status: 'waiting' }],
  ])('stays open when one read shows the run %s, and the next one shows the request again', (_what, lagging) => {
    const memory = atGate();
    poll(memory, lagging, 10_000);
    poll(memory, asking('g1'), 20_000, true);
    poll(memory, lagging, 30_000, true);
    poll(memory, asking('g1'), 31_000);
    expect(outcomes(memory)).toEqual(['open']);
    expect(memory.receipts.receipts).toEqual([]);
    expect(memory.lastSeen).toEqual({ status: 'waiting', requestId: 'g1' });
  });

  test('closes when a second read, a poll interval later, does not show the request either', () => {
    const memory = atGate();
    poll(memory, running, 10_000);
    poll(memory, running, 12_000);
    expect(outcomes(memory)).toEqual(['open']);
    poll(memory, running, 14_000, true);
    expect(outcomes(memory)).toEqual(['answered-elsewhere']);
    expect(machine.clocksAt(memory, 20_000)).toMatchObject({ humanMs: 9_000, agentMs: 10_000 });
  });

  test('closes at once when the run shows a later request, or has ended', () => {
    const later = atGate();
    poll(later, asking('g2', 500), 10_000);
    expect(outcomes(later)).toEqual(['answered-elsewhere', 'open']);
    const ended = atGate();
    poll(ended, { ...base, status: 'completed' }, 10_000);
    expect(outcomes(ended)).toEqual(['answered-elsewhere']);
  });

  test('stays open however often reads show the request before it, which was answered', () => {
    const memory = atGate();
    poll(memory, asking('g2', 500), 10_000);
    for (const at of [11_000, 20_000, 30_000]) poll(memory, asking('g1', at - 1_000), at, true);
    poll(memory, asking('g2', 30_500), 40_000);
    expect(outcomes(memory)).toEqual(['answered-elsewhere', 'open']);
  });

  test('opens again as another gate when reads that lagged have closed it, and keeps its receipt', () => {
    const memory = atGate();
    poll(memory, running, 10_000);
    poll(memory, running, 14_000, true);
    poll(memory, asking('g1'), 20_000);
    poll(memory, asking('g1'), 21_000);
    expect(memory.gates.map(({ gate }) => [gate.gateId, gate.outcome ?? gate.status])).toEqual([
      ['g1', 'answered-elsewhere'],
      ['g1~2', 'open'],
    ]);
    poll(memory, running, 30_000);
    poll(memory, running, 34_000, true);
    poll(memory, asking('g1'), 40_000);
    expect(memory.gates.map(({ gate }) => gate.gateId)).toEqual(['g1', 'g1~2', 'g1~3']);
    expect(memory.receipts.receipts).toMatchObject([{ gateId: 'g1' }, { gateId: 'g1~2' }]);
  });

  test('opens again after an unconfirmed answer when the resumed run waits for the same request', () => {
    const memory = atGate();
    machine.applyAnswerSignalToRun(memory, { gateId: 'g1', approved: true, by: 'ada' }, 2_000);
    const record = machine.nextDelivery(memory);
    if (!record) throw new Error('the answer was not accepted');
    machine.applyDeliveryStart(memory, record, 2_000);
    machine.applyUnconfirmedDelivery(memory, record, 3_000);
    poll(memory, { ...base, status: 'interrupted', endedAt: 'T1' }, 4_000);
    machine.applyResume(memory, 5_000);
    poll(memory, asking('g1'), 6_000);
    expect(outcomes(memory)).toEqual(['withdrawn', 'open']);
    expect(memory.gates[0]?.gate).toMatchObject({ by: 'ada', delivery: 'unconfirmed' });
  });

  test('opens again when Duvo has accepted an answer only if a read shows it ten minutes later', () => {
    const memory = atGate();
    machine.applyAnswerSignalToRun(memory, { gateId: 'g1', approved: true, by: 'ada' }, 2_000);
    const record = machine.nextDelivery(memory);
    if (!record) throw new Error('the answer was not accepted');
    machine.applyDelivery(memory, record, 2_000);
    poll(memory, asking('g1'), 601_999);
    expect(outcomes(memory)).toEqual(['approved']);
    poll(memory, asking('g1'), 602_000);
    expect(outcomes(memory)).toEqual(['approved', 'open']);
  });

  test('opens again while a request that Duvo did not show has a gate, which is withdrawn', () => {
    const memory = atGate();
    poll(memory, running, 10_000);
    poll(memory, running, 14_000, true);
    poll(memory, { ...base, status: 'waiting', isRequestMissing: true }, 20_000);
    poll(memory, asking('g1'), 30_000);
    poll(memory, asking('g1'), 34_000, true);
    expect(outcomes(memory)).toEqual(['answered-elsewhere', 'withdrawn', 'open']);
  });

  test('counts as people’s time until the first read without it, however long ago the agent started', () => {
    const memory = machine.newRunMemory('w', 0);
    const at = (ms: number) => new Date(ms).toISOString();
    const view = (status: string, ms: number, pendingRequest?: RunView['pendingRequest']) =>
      toRunSnapshot('run-1', {
        run: { id: 'run-1', status, startedAt: at(0), unknownFields: {} },
        serverTime: at(ms),
        ...(pendingRequest && { pendingRequest }),
      });
    poll(memory, view('running', 1_000), 1_000);
    poll(memory, view('waiting', 10_000, { id: 'g1', type: 'approval', title: 'Pay?', createdAt: at(10_000) }), 10_000);
    poll(memory, view('running', 70_000), 70_000);
    poll(memory, view('running', 75_000), 75_000, true);
    expect(machine.clocksAt(memory, 80_000)).toEqual({ queuedMs: 0, agentMs: 20_000, humanMs: 60_000 });
  });
});

describe('an answer whose delivery has ended without a verdict', () => {
  const waiting: RunSnapshot = {
    ...{ runId: 'r', status: 'waiting', hasStarted: true, changedAgoMs: 0 },
    request: { id: 'g', type: 'approval', title: 'Pay?' },
  };
  const sent = () => {
    const memory = machine.newRunMemory('wf', 0);
    machine.applyPolledRun(memory, waiting, 0);
    machine.applyAnswerSignalToRun(memory, { gateId: 'g', approved: true, by: 'ada' }, 0);
    const [record] = book.listOpenGates(memory);
    if (!record?.acceptedAnswer) throw new Error('the answer was not accepted');
    machine.applyDeliveryStart(memory, record, 0);
    markDeliveryEnded(record, 1_000);
    return { memory, answer: record.acceptedAnswer };
  };
  const gateAtEnd = (memory: machine.RunMemory) => {
    machine.applyPolledRun(memory, { runId: 'r', status: 'canceled', hasStarted: true, changedAgoMs: 0 }, 3_000);
    return memory.gates[0]?.gate;
  };

  test('may have arrived although a poll shows the request as open', () => {
    const { memory } = sent();
    machine.applyPolledRun(memory, waiting, 2_000);
    expect(gateAtEnd(memory)).toMatchObject({ outcome: 'withdrawn', delivery: 'unconfirmed' });
    expect(memory.unusedAnswers).toEqual([]);
  });

  test('has not arrived when a poll shows the request as open after the time in which Duvo may lag', () => {
    const { memory, answer } = sent();
    markStaleRequestOver(answer);
    machine.applyPolledRun(memory, waiting, 2_000);
    expect(gateAtEnd(memory)).toEqual(expect.not.objectContaining({ delivery: 'unconfirmed' }));
    expect(memory.unusedAnswers).toMatchObject([{ gateId: 'g', by: 'ada' }]);
  });
});
