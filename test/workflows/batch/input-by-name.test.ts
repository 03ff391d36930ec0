import { randomUUID } from 'node:crypto';
import { WorkflowFailedError } from '@temporalio/client';
import type { ApplicationFailure } from '@temporalio/common';
import { rejectionOf } from '../../support/rejection';
import { type Stack, startStack } from '../../support/stack';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

/** Starts a batch by the name of its workflow and with plain JSON, as a program in another language does. */
async function failureOf(input: unknown): Promise<unknown> {
  const running = stack.client.workflow.execute('batch', {
    taskQueue: stack.taskQueue,
    workflowId: `by-name-${randomUUID()}`,
    args: [input],
  });
  const error = await rejectionOf(running);
  expect(error).toBeInstanceOf(WorkflowFailedError);
  const { type, details } = (error as WorkflowFailedError).cause as ApplicationFailure;
  return { type, details };
}

const items = [{ n: 1 }];

test.each<[string, unknown, string, string]>([
  ['a misspelt field of the run', { run: { agentid: 'q' } }, 'template.run.agentid', 'is not a field'],
  ['no agent', { run: { message: '{{n}}' } }, 'template.run.agentId', 'is missing'],
  ['an agent that is a number', { run: { agentId: 3 } }, 'template.run.agentId', 'must be a string'],
  ['an invalid duration', { run: { agentId: 'q', deadline: 'soon' } }, 'template.run.deadline', 'is not a duration'],
  ['a run that is a text', { run: 'q' }, 'template.run', 'must be an object'],
  ['a workflow without a type', { workflow: {} }, 'template.workflow.type', 'is missing'],
  ['a case without a queue', { case: { title: 't' } }, 'template.case.queueId', 'is missing'],
  ['a case without a title', { case: { queueId: 'q' } }, 'template.case.title', 'is missing'],
  ['nothing to start', {}, 'template', 'must have one of'],
  [
    'a placeholder that is not closed',
    { run: { agentId: 'q', message: 'Read {{number' } },
    'template.run.message',
    "'{{number' is not closed: write {{number}}",
  ],
  [
    'half of the end of a placeholder',
    { run: { agentId: 'q', message: '{{a}}, {{number} of {{b}}' } },
    'template.run.message',
    "'{{number' is not closed",
  ],
  [
    'a placeholder without a name',
    { case: { queueId: 'q', title: 'Read {{ }}' } },
    'template.case.title',
    "'{{}}' names no field",
  ],
  [
    'a malformed placeholder deep in the input of a workflow',
    { workflow: { type: 't', input: { list: ['{{}}'] } } },
    'template.workflow.input.list.0',
    "'{{}}' names no field",
  ],
])('a batch by name, with %s in its template, fails with the field', async (_what, template, field, problem) => {
  expect(await failureOf({ template, items })).toMatchObject({
    type: 'Duvo.InvalidInput',
    details: [{ field, problem: expect.stringContaining(problem) as string }],
  });
});

test('a batch by name without a template fails as missing', async () => {
  expect(await failureOf({ items })).toMatchObject({ details: [{ field: 'template' }] });
});
