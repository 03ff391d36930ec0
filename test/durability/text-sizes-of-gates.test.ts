import { randomUUID } from 'node:crypto';
import { jsonBytes } from '../../contract';
import { alphabets, textOf, variedText } from '../support/text-sizes/alphabets';
import { countFailedTasks } from '../support/text-sizes/failed-tasks';
import { failureOf } from '../support/failures';
import type { DelayedGateInput } from '../support/workflows/processes';
import { duvo, setUpDuvoWorkflows, stack } from '../support/duvo-workflows';
import { eventually } from '../support/stack';

setUpDuvoWorkflows();

const begin = (inputs: DelayedGateInput[]) =>
  stack.client.workflow.start('asksOf', { taskQueue: stack.taskQueue, workflowId: randomUUID(), args: [inputs] });

const question = (text: string): DelayedGateInput => ({ title: 'Why?', questions: [{ question: text }] });
const option = (label: string, description: string): DelayedGateInput => ({
  title: 'Which?',
  questions: [{ question: 'q', options: [{ label, description }] }],
});
const around = (input: DelayedGateInput) => ('questions' in input ? jsonBytes(input.questions) : 0);

/** The texts of a gate: the field that a refusal names, the limit of the text in bytes, and the gate. */
const TEXTS: [field: string, limit: number, gate: (text: string) => DelayedGateInput][] = [
  ['id', 200, (id) => ({ title: 'x', id })],
  ['title', 6_000, (title) => ({ title })],
  ['description', 200_000, (description) => ({ title: 'x', description })],
  ['questions', 200_000 - around(question('')), question],
  ['questions', 200_000 - around(option('', 'd')), (label) => option(label, 'd')],
  ['questions', 200_000 - around(option('l', '')), (description) => option('l', description)],
];

test.each(alphabets)(
  'a gate opens with texts up to their limits in %s, and is refused by name beyond',
  async (_name, character) => {
    const accepted = TEXTS.flatMap(([, limit, gate]) => [gate(textOf(character, 1)), gate(textOf(character, limit))]);
    const handle = await begin(accepted);
    const open = await eventually(async () => {
      const gates = await duvo.processes.get(handle.workflowId).gates();
      return gates.length === accepted.length && gates;
    });
    for (const { gateId, questions } of open) {
      const answers = Object.fromEntries(
        (questions ?? []).map((one) => [one.question, one.options?.[0]?.label ?? 'x']),
      );
      const answer = questions ? { answers } : { approved: true };
      await handle.signal('answerGate', { gateId, by: 'alice', ...answer });
    }
    expect(await handle.result()).toHaveLength(accepted.length);
    expect(await countFailedTasks(handle)).toBe(0);
    const refused = TEXTS.map(async ([field, limit, gate]) => {
      const other = await begin([{ ...gate(textOf(character, limit + 1)), rethrow: true }]);
      const detail = { field, problem: expect.stringContaining('the limit is') as string };
      expect(await failureOf(other.result())).toMatchObject({ type: 'Duvo.InvalidInput', details: [detail] });
      expect(await countFailedTasks(other)).toBe(0);
    });
    await Promise.all(refused);
  },
);

test('1,000 texts of all sizes in 100 gates of one process are listed and answered', async () => {
  const text = (n: number) => `${variedText(n, 1_000)} ${n}`;
  const inputs = Array.from({ length: 100 }, (_one, n) => ({
    id: `${variedText(n, 150)}-${n}`,
    title: text(n + 1),
    description: text(n + 2),
    questions: [3, 5].map((at) => ({
      question: text(n + at),
      options: [0, 100].map((other) => ({ label: text(n + at + other), description: text(n + at + 1) })),
    })),
  }));
  const handle = await begin(inputs);
  const process = duvo.processes.get(handle.workflowId);
  const open = await eventually(async () => {
    const gates = await process.gates();
    return gates.length === inputs.length && gates;
  });
  const sending = open.map(({ gateId, questions = [] }, n) => {
    const answers = Object.fromEntries(questions.map((one) => [one.question, one.options?.[1]?.label ?? '']));
    return handle.signal('answerGate', { gateId, by: 'alice', answers, comment: variedText(n, 2_000) });
  });
  await Promise.all(sending);
  expect(await handle.result()).toHaveLength(inputs.length);
  expect(await countFailedTasks(handle)).toBe(0);
});
