import type { RunSnapshot } from '../../../activities';
import * as machine from '../../../workflows/run/run-machine';
import { applyPreviousEndOver } from '../../../workflows/run/state/previous-end';

test('a phase that started and ended between two polls is counted by Duvo’s times', () => {
  const memory = machine.newRunMemory('wf', 0);
  const look = { runId: 'r', hasStarted: false, changedAgoMs: 0 };
  machine.applyPolledRun(memory, { ...look, status: 'pending' }, 1_000);
  machine.applyPolledRun(
    memory,
    { ...look, status: 'completed', hasStarted: true, startedAgoMs: 4_000, changedAgoMs: 1_000 },
    10_000,
  );
  expect(machine.clocksAt(memory, 10_000)).toEqual({ queuedMs: 6_000, agentMs: 3_000, humanMs: 0 });
});

test('a wrong clock in Duvo cannot add more time than has passed in the workflow', () => {
  const memory = machine.newRunMemory('wf', 0);
  machine.applyPolledRun(
    memory,
    { runId: 'r', status: 'completed', hasStarted: true, startedAgoMs: 9e9, changedAgoMs: 8e9 },
    10_000,
  );
  const { queuedMs, agentMs, humanMs } = machine.clocksAt(memory, 10_000);
  expect([queuedMs, agentMs, humanMs]).toEqual([0, 0, 0]);
});

describe('an interrupted run that is resumed', () => {
  const look = (status: string, endedAt?: string): RunSnapshot => ({
    runId: 'run-1',
    status,
    hasStarted: true,
    changedAgoMs: 0,
    ...(endedAt !== undefined && { endedAt }),
  });
  const interrupted = (endedAt?: string) => {
    const memory = machine.newRunMemory('w', 0);
    machine.applyPolledRun(memory, look('running'), 0);
    machine.applyPolledRun(memory, look('interrupted', endedAt), 1_000);
    machine.applyResume(memory, 5_000);
    return memory;
  };

  test('counts as agent time again, and the time until the resume counts for nobody', () => {
    expect(machine.clocksAt(interrupted('T1'), 7_000)).toEqual({ queuedMs: 0, agentMs: 3_000, humanMs: 0 });
  });

  test('keeps the answers by signal to a gate that opens after the resume', () => {
    const memory = machine.newRunMemory('w', 0);
    const answer = { gateId: 'g1', approved: true, by: 'early bird' };
    machine.applyAnswerSignalToRun(memory, answer, 500);
    machine.applyPolledRun(memory, look('interrupted', 'T1'), 1_000);
    machine.applyAnswerSignalToRun(memory, { ...answer, gateId: 'g2', by: 'late bird' }, 2_000);
    machine.applyResume(memory, 5_000);
    const request = { id: 'g1', type: 'approval' as const, title: 'Pay?' };
    machine.applyPolledRun(memory, { ...look('waiting'), request }, 6_000);
    expect(machine.nextDelivery(memory)).toMatchObject({ acceptedAnswer: { by: 'early bird' } });
    machine.applyRunEnd(memory, 7_000);
    expect(memory.unusedAnswers).toMatchObject([{ gateId: 'g2', by: 'late bird' }]);
    machine.applyAnswerSignalToRun(memory, { ...answer, gateId: 'g3' }, 8_000);
    expect(memory).toMatchObject({ unusedAnswers: [{ gateId: 'g2' }, { gateId: 'g3' }], earlyAnswers: [] });
  });

  test('does not keep the outcome of the former end', () => {
    const memory = machine.newRunMemory('w', 0);
    machine.applyPolledRun(memory, { ...look('interrupted', 'T1'), outcome: { reason: 'restart' } }, 1_000);
    machine.applyResume(memory, 5_000);
    machine.applyPolledRun(memory, look('completed', 'T2'), 6_000);
    expect(memory).not.toHaveProperty('outcome');
  });

  test.each(['T1', undefined])(
    'may be polled as interrupted for some time, which is not another end (ended at %s)',
    (endedAt) => {
      const memory = interrupted(endedAt);
      expect(memory.lastSeen).toEqual({ status: 'interrupted', endedAt: endedAt ?? '' });
      machine.applyPolledRun(memory, look('interrupted', endedAt), 6_000);
      expect(memory.status).toBe('running');
      machine.applyPolledRun(memory, look('interrupted', 'T2'), 7_000);
      expect(memory).toMatchObject({ status: 'interrupted', resumeCount: 1 });
    },
  );

  test('does not end by the former end after a poll has shown it running', () => {
    const memory = interrupted('T1');
    machine.applyPolledRun(memory, look('running'), 6_000);
    machine.applyPolledRun(memory, look('interrupted', 'T1'), 7_000);
    expect(memory).toMatchObject({ status: 'running', lastSeen: { status: 'interrupted', endedAt: 'T1' } });
    machine.applyPolledRun(memory, look('interrupted', 'T2'), 8_000);
    expect(memory.status).toBe('interrupted');
  });

  test('has ended when polls still show the former end after the time in which they may', () => {
    const memory = interrupted('T1');
    applyPreviousEndOver(memory);
    expect(memory.lastSeen).toEqual({ status: 'running' });
    machine.applyPolledRun(memory, look('interrupted', 'T1'), 6_000);
    expect(memory).toMatchObject({ status: 'interrupted', resumeCount: 1 });
  });

  test('ends again with the same end time after a poll has shown it running', () => {
    const memory = interrupted('T1');
    machine.applyPolledRun(memory, look('running'), 6_000);
    machine.applyPolledRun(memory, look('completed', 'T1'), 7_000);
    expect(memory.status).toBe('completed');
  });
});
