import { randomUUID } from 'node:crypto';
import { runCommand } from '../support/command-line';
import { eventually, type Stack, startStack } from '../support/stack';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

const ask = { ask: { type: 'approval' as const, title: 'Pay 4711?' } };
const run = (...args: string[]) => {
  const queues = ['--task-queue', stack.taskQueue, '--api-task-queue', stack.apiTaskQueue];
  return runCommand(...args, ...(args[1] === 'start' ? queues : []), '--address', stack.address);
};

test('a business key in place of a workflow id gives a hint, and a misspelt batch is not an empty list', async () => {
  stack.simulator.script('hinted', { steps: [{ status: 'running' }] });
  await run('run', 'start', '--agent', 'hinted', '--key', 'hint-4711', '--json');
  const missing = await run('run', 'wait', 'hint-4711');
  expect(missing.notes).toContain('Did you mean duvo-run-hint-4711?');
  expect(missing.code).toBe(5);
  const noBatch = await run('gate', 'list', '--batch', 'nope');
  expect(noBatch.notes).toContain("there is no batch with the workflow id 'nope'");
  expect(noBatch.code).toBe(5);
});

test('an answer that does not fit is explained in the flags of the command', async () => {
  const questions = [{ question: 'Which ledger?', options: [{ label: 'main' }] }];
  stack.simulator.script('two-asks', {
    steps: [{ ask: { type: 'question', title: 'Where?', questions } }, ask, { end: 'completed' }],
  });
  await run('run', 'start', '--agent', 'two-asks', '--key', randomUUID());
  const open = (title: string) =>
    eventually(async () => {
      const [found] = (await run('gate', 'list', '--agent', 'two-asks', '--json')).json<
        { ref: string; title: string }[]
      >();
      return found?.title === title && found.ref;
    });
  const question = await open('Where?');
  const answer = (ref: string, ...flags: string[]) => run('gate', 'answer', ref, ...flags);
  expect((await answer(question, '--approve')).notes).toContain("give --answer 'question=answer' for each");
  expect((await answer(question, '--answer', 'Which leger?=main')).notes).toContain("no question 'Which leger?'");
  expect((await answer(question, '--answer', 'Which ledger?=side')).notes).toContain(
    "--answer: 'Which ledger?' the answer is not one of its options",
  );
  await answer(question, '--answer', 'Which ledger?=main');
  const approval = await open('Pay 4711?');
  const misfit = await answer(approval, '--answer', 'Which ledger?=main');
  expect(misfit.notes).toBe('Duvo.AnswerInvalid: this gate is an approval: give --approve or --deny');
  expect(misfit.code).toBe(4);
});
