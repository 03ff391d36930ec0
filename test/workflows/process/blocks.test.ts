import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { findDuvoFailure } from '../../../contract/failures';
import { concurrentTests } from '../../support/jest/concurrent-tests';
import type { SagaOfInput } from '../../support/workflows/processes';
import { eventually, type Stack, startStack } from '../../support/stack';

const test = concurrentTests();

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

const start = (type: string, input: unknown): Promise<WorkflowHandle> =>
  stack.client.workflow.start(type, { taskQueue: stack.taskQueue, workflowId: randomUUID(), args: [input] });
const log = (handle: WorkflowHandle) => handle.query<string[]>('log');
const failureOf = async (handle: WorkflowHandle): Promise<Error> => {
  try {
    await handle.result();
  } catch (error) {
    return error as Error;
  }
  throw new Error('it did not fail');
};
/** Returns the innermost failure that has a type. */
const rootOf = (error: unknown): { type?: string; message?: string } => {
  const { cause, type, message } = error as { cause?: unknown; type?: string; message?: string };
  return cause ? rootOf(cause) : { type, message };
};

describe('a saga', () => {
  test('that succeeds undoes nothing', async () => {
    expect(await (await start('sagaOf', { steps: 3 } satisfies SagaOfInput)).result()).toEqual([
      'do 1',
      'do 2',
      'do 3',
      'over',
    ]);
  });

  test.each([
    [1, ['undo 1', 'over']],
    [2, ['do 1', 'undo 2', 'undo 1', 'over']],
    [3, ['do 1', 'do 2', 'undo 3', 'undo 2', 'undo 1', 'over']],
  ])('that fails at step %i runs the compensations of the steps so far in reverse order', async (failAt, expected) => {
    const handle = await start('sagaOf', { steps: 3, failAt } satisfies SagaOfInput);
    expect(rootOf(await failureOf(handle))).toMatchObject({ type: 'StepFailed' });
    expect(await log(handle)).toEqual(expected);
  });

  test.each([1, 2, 3])('that is cancelled at step %i is undone and ends as canceled', async (waitAt) => {
    const handle = await start('sagaOf', { steps: 3, waitAt } satisfies SagaOfInput);
    await eventually(async () => (await log(handle)).length === waitAt - 1);
    await handle.cancel();
    expect((await failureOf(handle)).cause).toMatchObject({ name: 'CancelledFailure' });
    const undone = Array.from({ length: waitAt }, (_one, index) => `undo ${waitAt - index}`);
    expect((await log(handle)).slice(waitAt - 1)).toEqual([...undone, 'over']);
  });

  test.each([3, 2, 1])(
    'that is cancelled during compensation %i runs the other compensations and keeps its failure',
    async (at) => {
      const handle = await start('sagaOf', { steps: 3, failAt: 3, undoWaitAt: at } satisfies SagaOfInput);
      // The log then has the two steps and the compensations that ran before this one.
      await eventually(async () => (await log(handle)).length === 2 + 3 - at);
      await handle.cancel();
      await eventually(async () => (await log(handle)).includes('cancel'));
      await handle.signal('goOn');
      expect(rootOf(await failureOf(handle))).toMatchObject({ type: 'StepFailed' });
      const undone = (await log(handle)).slice(2).filter((line) => line !== 'cancel');
      expect(undone).toEqual(['undo 3', 'undo 2', 'undo 1', 'over']);
    },
  );

  test.each([1, 2, 3])('whose compensation %i fails runs the others, and reports it', async (broken) => {
    const handle = await start('sagaOf', { steps: 3, failAt: 3, broken: [broken] } satisfies SagaOfInput);
    const failure = findDuvoFailure(await failureOf(handle));
    const others = [3, 2, 1].filter((step) => step !== broken);
    expect(failure).toMatchObject({
      type: 'Duvo.CompensationFailed',
      message: `could not be undone: step ${broken}`,
      details: [
        {
          undone: others.map((step) => `step ${step}`),
          failed: [{ name: `step ${broken}`, type: 'Stuck', message: 'no way back' }],
        },
      ],
      cause: { type: 'StepFailed' },
    });
    expect(await log(handle)).toEqual(['do 1', 'do 2', ...others.map((step) => `undo ${step}`), 'over']);
  });
});

describe('parallel work', () => {
  test('runs with the given concurrency, starts in order and returns the results in order', async () => {
    const { most, started, results } = (await (await start('parallelOf', { items: 9, concurrency: 3 })).result()) as {
      most: number;
      started: number[];
      results: number[];
    };
    expect(most).toBe(3);
    expect(started).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(results).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 16]);
  });

  test('without items ends at once', async () => {
    expect(await (await start('parallelOf', { items: 0, concurrency: 3 })).result()).toMatchObject({ results: [] });
  });

  test('that fails starts nothing more and waits for what is running', async () => {
    const handle = await start('parallelOf', { items: 50, concurrency: 3, failAt: 4 });
    expect(rootOf(await failureOf(handle))).toMatchObject({ type: 'ItemFailed', message: 'item 4 fails' });
    const [started, ended] = (await log(handle)).map((line) => Number(line.split(' ')[1]));
    expect(started).toBeLessThan(50);
    expect(ended).toBe(started);
  });
});

describe('a deadline of a process', () => {
  test('does not fail work that ends in time', async () => {
    expect(await (await start('withinOf', { time: '1m', waits: 2 })).result()).toBe('in time');
  });

  test('cancels the work when the time is over, and fails with Duvo.DeadlineExceeded', async () => {
    const handle = await start('withinOf', { time: '300ms', waits: 1000 });
    expect(findDuvoFailure(await failureOf(handle))).toMatchObject({ type: 'Duvo.DeadlineExceeded' });
  });

  test('does not hide that the workflow was cancelled', async () => {
    const handle = await start('withinOf', { time: '1h', waits: 1000 });
    await handle.cancel();
    expect((await failureOf(handle)).cause).toMatchObject({ name: 'CancelledFailure' });
  });

  test('that is not a duration is refused', async () => {
    const handle = await start('withinOf', { time: '5 parsecs', waits: 1 });
    expect(findDuvoFailure(await failureOf(handle))).toMatchObject({ type: 'Duvo.InvalidInput' });
  });
});
