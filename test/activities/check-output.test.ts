import { CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createDuvoActivities } from '../../activities';
import { DuvoClient } from '../../duvo';
import { concurrentTests } from '../support/jest/concurrent-tests';

const concurrentTest = concurrentTests();

const activities = createDuvoActivities({
  client: new DuvoClient({ apiKey: 'dv_test', baseUrl: 'http://unused' }),
});
const check = (text: string | undefined, schema: Record<string, unknown> = {}) =>
  new MockActivityEnvironment().run(() => activities.checkOutput({ schema, text }));
const fenced = (json: string) => `\`\`\`json\n${json}\n\`\`\``;

test.each([
  ['the whole text', '[1]', [1]],
  ['a JSON text that contains a fenced block', JSON.stringify(fenced('1')), fenced('1')],
  ['one block', `So:\n${fenced('{"a": 1}')}\nGood.`, { a: 1 }],
  ['one JSON block next to a block in another language', `${fenced('1')}\n\`\`\`ts\nx\n\`\`\``, 1],
  ['a block with CRLF', '```json\r\n1\r\n```', 1],
])('JSON is read from %s', async (_what, text, output) => {
  expect(await check(text)).toEqual({ output });
});

test.each([
  ['no JSON', 'it is 12', 'it is not JSON'],
  ['an empty text', '', 'it is not JSON'],
  ['two blocks', `${fenced('1')}\n${fenced('2')}`, 'it has more than one block of JSON'],
  ['a block with malformed JSON', fenced('{"a": '), 'its block of JSON is not well-formed'],
])('%s is reported with its problem', async (_what, text, problem) => {
  expect(await check(text)).toEqual({ problems: [problem] });
});

test('at most ten short problems are returned, each with path and rule and without a value', async () => {
  const schema = { items: { type: 'string', pattern: 'x'.repeat(500) } };
  const { problems } = (await check(JSON.stringify(Array(20).fill('a secret')), schema)) as { problems: string[] };
  expect(problems).toHaveLength(10);
  expect(Math.max(...problems.map(({ length }) => length))).toBe(200);
  expect(problems.join()).not.toContain('secret');
});

test.each([
  ['2020-12 by default', { prefixItems: [{ type: 'number' }] }],
  ['draft-07 by its $schema', { $schema: 'http://json-schema.org/draft-07/schema#', items: [{ type: 'number' }] }],
  ['formats', { items: { format: 'date' } }],
])('a schema is applied: %s', async (_what, schema) => {
  expect(await check('["a"]', schema)).toMatchObject({ problems: [expect.stringMatching(/^\/0 must/)] });
});

test.each([
  ['the limit', 500, { output: expect.anything() as unknown }],
  ['one level more', 501, { problems: ['it has more than 500 levels'] }],
  ['20,000 levels', 20_000, { problems: ['it has more than 500 levels'] }],
])('an output that is nested by %s is checked once', async (_what, levels, result) => {
  expect(await check('['.repeat(levels) + ']'.repeat(levels))).toEqual(result);
});

test('a schema that runs out of stack is reported as a problem, without the text', async () => {
  const schema = { $defs: { a: { anyOf: [{ $ref: '#/$defs/a' }] } }, $ref: '#/$defs/a' };
  expect(await check('"a secret"', schema)).toEqual({ problems: ['it cannot be checked: RangeError'] });
});

const BACKTRACKING = { type: 'string', pattern: '^(a+)+$' };
const HARD = JSON.stringify(`${'a'.repeat(40)}!`);

concurrentTest('an output that takes more memory than a check may use is a problem', async () => {
  const schema = { items: { anyOf: Array.from({ length: 100 }, (_one, n) => ({ const: `${n}` })) } };
  const { problems } = (await check(JSON.stringify(Array(100_000).fill(0)), schema)) as { problems: string[] };
  expect(problems).toHaveLength(1);
});

concurrentTest(
  'a pattern that backtracks for ever ends as a problem, and the worker does other work meanwhile',
  async () => {
    let ticks = 0;
    const ticking = setInterval(() => ticks++, 100);
    const [hard, easy] = await Promise.all([check(HARD, BACKTRACKING), check('1')]);
    clearInterval(ticking);
    expect(hard).toEqual({ problems: ['it takes too long to check'] });
    expect(easy).toEqual({ output: 1 });
    expect(ticks).toBeGreaterThan(10);
  },
);

test('a cancelled check leaves the queue or is killed, so that later checks are not held up', async () => {
  const attempts = Array.from({ length: 40 }, () => new MockActivityEnvironment());
  const checks = attempts.map((attempt) =>
    attempt.run(() => activities.checkOutput({ schema: BACKTRACKING, text: HARD })),
  );
  for (const attempt of attempts) attempt.cancel();
  const results = await Promise.allSettled(checks);
  expect(new Set(results.map(({ status }) => status))).toEqual(new Set(['rejected']));
  for (const result of results) expect(result).toMatchObject({ reason: expect.any(CancelledFailure) as unknown });
  expect(await check('1')).toEqual({ output: 1 });
});

test('an output whose JSON is longer than its text has a limit, too', async () => {
  expect(await check(`[${Array(30_000).fill('1e20').join()}]`)).toEqual({ problems: ['it is too long'] });
});

test('unknown keywords and formats are ignored', async () => {
  expect(await check('"a"', { format: 'iban', 'x-more': true })).toEqual({ output: 'a' });
});

test.each([
  ['an unknown type', { type: 'nonsense' }],
  ['a reference that cannot be resolved', { $ref: 'https://example.com/schema.json' }],
  ['an unknown draft', { $schema: 'http://json-schema.org/draft-04/schema#' }],
])('an unusable schema is refused finally, with and without a text: %s', async (_what, schema) => {
  for (const text of [undefined, '1']) {
    await expect(check(text, schema)).rejects.toMatchObject({
      type: 'Duvo.InvalidInput',
      nonRetryable: true,
      details: [{ field: 'output.schema' }],
    });
  }
});
