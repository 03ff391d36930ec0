/** Processes for tests, built from the library's blocks as users build them. */
import {
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  setHandler,
  sleep,
} from '@temporalio/workflow';
import { approval, continueProcess, parallel, questions, saga, stage, within } from '../../../workflows';
import type { ApprovalInput, QuestionsInput } from '../../../workflows';

export const logQuery = defineQuery<string[]>('log');
export const continueSignal = defineSignal('goOn');

export interface SagaOfInput {
  steps: number;
  /** Number of the step that fails. The first step is 1. */
  failAt?: number;
  /** Number of the step that waits for the signal `goOn`. */
  waitAt?: number;
  /** Numbers of the steps whose compensation fails. */
  broken?: number[];
  /** Number of the step whose compensation waits for the signal `goOn`. */
  undoWaitAt?: number;
}

/** Runs a saga with numbered steps. The query `log` returns the steps and compensations that have run. */
export async function sagaOf({ steps, failAt, waitAt, broken = [], undoWaitAt }: SagaOfInput): Promise<string[]> {
  const log: string[] = [];
  const root = CancellationScope.current();
  let canContinue = false;
  setHandler(logQuery, () => log);
  setHandler(continueSignal, () => {
    canContinue = true;
  });
  try {
    return await saga(async (undo) => {
      for (let number = 1; number <= steps; number++) {
        undo(async () => {
          // Compensations must not be cancelled. A cancellation that reaches this compensation would end the sleep.
          if (waitAt) await sleep(10);
          if (number === undoWaitAt) {
            root.cancelRequested.catch(() => log.push('cancel'));
            await condition(() => canContinue);
          }
          if (broken.includes(number)) throw ApplicationFailure.nonRetryable('no way back', 'Stuck');
          log.push(`undo ${number}`);
        }, `step ${number}`);
        if (number === waitAt) await condition(() => canContinue);
        if (number === failAt) throw ApplicationFailure.nonRetryable(`step ${number} fails`, 'StepFailed');
        log.push(`do ${number}`);
      }
      return log;
    });
  } finally {
    log.push('over');
  }
}

/** Runs items with the block `parallel`. @returns the highest number of items that ran at the same time, and the results */
export async function parallelOf(input: { items: number; concurrency: number; failAt?: number }) {
  let runningCount = 0;
  let maxRunning = 0;
  const started: number[] = [];
  let endedCount = 0;
  setHandler(logQuery, () => [`started ${started.length}`, `ended ${endedCount}`, `most ${maxRunning}`]);
  const results = await parallel(
    Array.from({ length: input.items }, (_one, index) => index),
    async (item) => {
      started.push(item);
      maxRunning = Math.max(maxRunning, ++runningCount);
      try {
        // Earlier items take longer than later ones, so the items do not end in their order.
        await sleep(10 + (input.items - item));
        if (item === input.failAt) throw ApplicationFailure.nonRetryable(`item ${item} fails`, 'ItemFailed');
        return item * 2;
      } finally {
        runningCount--;
        endedCount++;
      }
    },
    { concurrency: input.concurrency },
  );
  return { most: maxRunning, started, results };
}

export async function withinOf(input: { time: string; waits: number }): Promise<string> {
  return within(input.time, async () => {
    for (let wait = 0; wait < input.waits; wait++) await stage(`wait ${wait + 1}`, () => sleep('200ms'));
    return 'in time';
  });
}

/** Opens all gates at the same time. @returns the outcome of each gate, or the type of its failure */
export async function asksOf(inputs: DelayedGateInput[]): Promise<unknown[]> {
  let canContinue = inputs.every(({ after }) => !after);
  setHandler(continueSignal, () => {
    canContinue = true;
  });
  return Promise.all(
    inputs.map(async ({ after, rethrow, descriptionBytes, ...input }) => {
      if (descriptionBytes) input.description = 'x'.repeat(descriptionBytes);
      if (after) await condition(() => canContinue);
      try {
        return await ('questions' in input ? questions(input) : approval(input));
      } catch (error) {
        if (rethrow) throw error;
        return (error as ApplicationFailure).type ?? (error as Error).name;
      }
    }),
  );
}

export type DelayedGateInput = (ApprovalInput | QuestionsInput) & {
  /** Whether the gate opens only after the signal `goOn`. */
  after?: boolean;
  rethrow?: boolean;
  /** Size of a description that the process itself makes. */
  descriptionBytes?: number;
};

/**
 * Opens and closes so many gates that the first one is left out of the list. After the signal `goOn` it opens a gate with
 * the id of the first one again. @returns the type of the failure, or the person who answered
 */
export async function reusesOldGateId(): Promise<string> {
  let canContinue = false;
  setHandler(continueSignal, () => {
    canContinue = true;
  });
  const overdue = { title: '請'.repeat(100), due: '1ms', onTimeout: 'deny' } as const;
  await approval({ ...overdue, id: 'first' });
  for (let wave = 0; wave < 4; wave++)
    await Promise.all(
      Array.from({ length: 100 }, (_one, n) => approval({ ...overdue, id: `${'請'.repeat(60)}-${wave}-${n}` })),
    );
  await condition(() => canContinue);
  try {
    return (await approval({ id: 'first', title: 'Pay 9999?', due: '10s', onTimeout: 'fail' })).by ?? 'nobody';
  } catch (error) {
    return (error as ApplicationFailure).type ?? '';
  }
}

/** Opens a gate with a generated id in each of two runs of one process. @returns who answered the second one */
export async function asksInEachRun({ isSecond }: { isSecond?: boolean }): Promise<string> {
  const { by = 'nobody' } = await approval({ title: isSecond ? 'Pay 9999?' : 'Pay 1?' });
  return isSecond ? by : continueAsNew<typeof asksInEachRun>({ isSecond: true });
}

/** Opens a gate inside a stage, so that a test can read both from the process state. */
export async function asksInStep(): Promise<boolean> {
  return (await stage('ask', () => approval({ title: 'Go on?' }))).approved;
}

/**
 * Opens a gate and, after the signal `goOn`, continues as new while the gate is open. The new execution opens the same gate
 * again if `again` is true, and otherwise waits for the signal.
 */
export async function continuesAsking(input: { again: boolean; isNew?: boolean }): Promise<string> {
  let canContinue = false;
  setHandler(continueSignal, () => {
    canContinue = true;
  });
  const requestApproval = () => approval({ id: 'pay', title: 'Pay 4711?', due: '1h' });
  if (input.isNew && input.again) return (await requestApproval()).by ?? 'nobody';
  if (!input.isNew) void requestApproval();
  await condition(() => canContinue);
  return input.isNew ? 'not asked' : continueAsNew<typeof continuesAsking>({ ...input, isNew: true });
}

/** Opens a gate with the same id, and another request, in each of two executions of one process. @returns who answered */
export async function paysInTwoExecutions({ first }: { first?: string } = {}): Promise<string[]> {
  const { by = 'nobody' } = await approval({ id: 'pay', title: first ? 'Pay 9999?' : 'Pay 1?' });
  return first ? [first, by] : continueProcess<typeof paysInTwoExecutions>({ first: by });
}

/** Continues as new, after the signal `goOn`, with a gate open that the next execution opens again. @returns who answered */
export async function continuesNotifying({ isNew }: { isNew?: boolean } = {}): Promise<string> {
  let canContinue = false;
  setHandler(continueSignal, () => {
    canContinue = true;
  });
  const requestApproval = () => approval({ id: 'pay', title: 'Pay 4711?', notify: ['ops'] });
  if (isNew) return (await requestApproval()).by ?? 'nobody';
  void requestApproval();
  await condition(() => canContinue);
  return continueProcess<typeof continuesNotifying>({ isNew: true });
}
