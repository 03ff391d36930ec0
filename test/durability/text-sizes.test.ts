import { findAnswerFormatProblem, jsonBytes, parseRunInput } from '../../contract';
import { concurrentTests } from '../support/jest/concurrent-tests';
import { alphabets, textOf, variedText } from '../support/text-sizes/alphabets';
import { countFailedTasks } from '../support/text-sizes/failed-tasks';
import { rejectionOf } from '../support/rejection';
import { gateRuns } from '../support/gate-runs';
import { duvo, setUpDuvoWorkflows, stack } from '../support/duvo-workflows';
import { QUICK_WATCH, waitForOpenGate } from '../support/stack';

const test = concurrentTests();

setUpDuvoWorkflows();

const { result, startScenario, submit } = gateRuns(() => stack);

const RUN_TEXTS: [string, number, (text: string) => object][] = [
  ['agentId', 1_000, (text) => ({ agentId: text })],
  ['sandboxId', 1_000, (text) => ({ sandboxId: text })],
  ['key', 1_000, (text) => ({ key: text })],
  ['apiTaskQueue', 1_000, (text) => ({ apiTaskQueue: text })],
  ['message', 1_000_000, (text) => ({ message: text })],
  ['resume.message', 100_000, (text) => ({ resume: { times: 1, message: text } })],
];

describe.each(alphabets)('texts of a run in %s', (_name, character) => {
  test.each(RUN_TEXTS)('%s is accepted up to its limit and refused by name beyond', (field, limit, input) => {
    const parse = (bytes: number) => () => parseRunInput({ agentId: 'a', ...input(textOf(character, bytes)) });
    for (const bytes of [1, 6, limit]) expect(parse(bytes)).not.toThrow();
    expect(parse(limit + 1)).toThrow(`${field} has ${limit + 1} bytes; the limit is ${limit}`);
  });

  test('answers are accepted up to their limit and refused by name beyond', () => {
    const answer = (bytes: number) => ({ gateId: 'g', by: 'b', answers: { q: textOf(character, bytes - 8) } });
    expect(findAnswerFormatProblem(answer(200_000))).toBeUndefined();
    expect(findAnswerFormatProblem(answer(200_001))).toContain('answers are longer than 200000 bytes');
  });
});

test.each(alphabets)(
  'a message at its limit reaches the agent, and a longer one is never sent: %s',
  async (name, character) => {
    const agentId = `message-${name}`;
    stack.simulator.script(agentId, { steps: [{ end: 'completed' }] });
    const input = { agentId, watch: QUICK_WATCH };
    const refused = duvo.runs.start({ ...input, message: textOf(character, 1_000_001) });
    expect(await rejectionOf(refused)).toMatchObject({ field: 'message' });
    const run = await duvo.runs.start({ ...input, message: textOf(character, 1_000_000) });
    await run.result();
    expect(stack.simulator.runs.filter((one) => one.agentId === agentId)).toHaveLength(1);
  },
);

test.each(alphabets)(
  'answers at their limit reach Duvo, and longer ones are never sent: %s',
  async (name, character) => {
    const question = 'Why?';
    const handle = await startScenario(`answer-${name}`, {
      steps: [{ ask: { type: 'question', title: 'Why', questions: [{ question }] } }, { end: 'completed' }],
    });
    const { gateId, ref } = await waitForOpenGate(handle);
    const answers = (bytes: number) => ({ [question]: textOf(character, bytes - jsonBytes({ [question]: '' })) });
    const refused = duvo.gates.answer(ref, { answers: answers(200_001), by: 'alice' });
    expect(await rejectionOf(refused)).toMatchObject({ type: 'Duvo.AnswerInvalid' });
    const accepted = { gateId, answers: answers(200_000), by: 'alice', comment: character.repeat(5_000) };
    expect(await submit(handle, accepted)).toMatchObject({ outcome: 'answered' });
    await result(handle);
  },
);

test('1,000 answers of all sizes to one run fail no workflow task', async () => {
  const steps = [{ ask: { type: 'approval', title: 'Pay?' } }, { end: 'completed' as const }];
  const handle = await startScenario('thousand', { steps });
  const { gateId } = await waitForOpenGate(handle);
  const sending = Array.from({ length: 1_000 }, (_one, n) => {
    const comment = variedText(n, 5_000);
    return handle.signal('answerGate', {
      gateId: `no-${n}`,
      approved: true,
      by: `${comment.slice(0, 50)} ${n}`,
      comment,
    });
  });
  await Promise.all(sending);
  await submit(handle, { gateId, approved: true, by: 'alice' });
  const { unusedAnswers = [], omittedAnswers = 0 } = await result(handle);
  expect(unusedAnswers.length + omittedAnswers).toBe(1_000);
  expect(await countFailedTasks(handle)).toBe(0);
});

const REST_TEXTS: [string, number, (text: string) => object][] = [
  ['webhookUrl', 4_000, (text) => ({ webhookUrl: `https://h/${text.slice('https://h/'.length)}` })],
  ['extraFields', 100_000, (text) => ({ extraFields: { f: text.slice('{"f":""}'.length) } })],
  ['output.schema', 50_000, (text) => ({ output: { schema: { title: text.slice('{"title":""}'.length) } } })],
];

test.each(REST_TEXTS)(
  '%s reaches Duvo up to its limit, and beyond it is refused by name',
  async (field, limit, input) => {
    stack.simulator.script(field, { steps: [{ end: 'completed' }], lastMessage: '{}' });
    const start = (bytes: number) =>
      duvo.runs.start({ agentId: field, watch: QUICK_WATCH, ...input('a'.repeat(bytes)) });
    const handle = stack.client.workflow.getHandle((await start(limit)).workflowId);
    await handle.result();
    expect(await countFailedTasks(handle)).toBe(0);
    await expect((await start(limit + 1)).result()).rejects.toMatchObject({ type: 'Duvo.InvalidInput' });
    expect(stack.simulator.runs.filter((one) => one.agentId === field)).toHaveLength(1);
    for (const [, character] of alphabets.filter(([name]) => field !== 'webhookUrl' || name !== 'control')) {
      const text = (bytes: number) => input(textOf(character, bytes));
      expect(() => parseRunInput({ agentId: 'a', ...text(limit - 100) })).not.toThrow();
      expect(() => parseRunInput({ agentId: 'a', ...text(limit + 100) })).toThrow(field);
    }
  },
);
