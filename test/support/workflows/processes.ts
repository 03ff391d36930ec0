/** Processes of the tests: what users build from the library's blocks. */
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
import { approval, parallel, questions, saga, stage, within } from '../../../workflows';
import type { ApprovalInput, QuestionsInput } from '../../../workflows';

export const logQuery = defineQuery<string[]>('log');
export const continueSignal = defineSignal('goOn');

export interface SagaOfInput {
  steps: number;
  /** The step that fails, from 1. */
  failAt?: number;
  /** The step that waits for the signal `goOn`. */
  waitAt?: number;
  /** Compensations that fail. */
  broken?: number[];
  /** The compensation that waits for the signal `goOn`. */
  undoWaitAt?: number;
}

/** Steps 1, 2, … that write what they do, and are undone by compensations that take their time. */
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
          // Out of reach of a cancellation: one would end this wait.
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

/** @returns how many were under way at once, and the results */
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
        // The first ones take longest.
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

/** Asks as it is told, all at once, and gives what came of it; what fails is named by its type. */
export async function asksOf(inputs: DelayedGateInput[]): Promise<unknown[]> {
  let canContinue = inputs.every(({ after }) => !after);
  setHandler(continueSignal, () => {
    canContinue = true;
  });
  return Promise.all(
    inputs.map(async ({ after, rethrow, ...input }) => {
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
  /** Only after the signal `goOn`. */
  after?: boolean;
  rethrow?: boolean;
};

/** A gate within a step, so that both show. */
export async function asksInStep(): Promise<boolean> {
  return (await stage('ask', () => approval({ title: 'Go on?' }))).approved;
}

/** Asks, and at the signal `goOn` continues as new with its gate open; there it asks `again`, or waits for the signal. */
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
