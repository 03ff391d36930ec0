import { randomUUID } from 'node:crypto';
import { parse } from 'csv-parse/sync';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '../../../cli/program';
import { eventually, type Stack, startStack } from '../../support/stack';

let stack: Stack;
const folder = mkdtempSync(join(tmpdir(), 'duvo-batch-cli-'));
beforeAll(async () => {
  stack = await startStack();
  process.env.DUVO_TASK_QUEUE = stack.taskQueue;
  process.env.DUVO_API_TASK_QUEUE = stack.apiTaskQueue;
});
afterAll(async () => {
  delete process.env.DUVO_TASK_QUEUE;
  delete process.env.DUVO_API_TASK_QUEUE;
  rmSync(folder, { recursive: true });
  await stack.stop();
});

/** Runs a command line as a script does: without a terminal. */
async function run(...args: string[]) {
  const out: string[] = [];
  const notes: string[] = [];
  const code = await runCli([...args, '--address', stack.address], {
    print: (text) => out.push(text),
    note: (text) => notes.push(text),
    isInteractive: false,
  });
  return { code, out: out.join('\n'), notes: notes.join('\n'), json: <T>() => JSON.parse(out.join('\n')) as T };
}

const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const lines = (...items: object[]): string => items.map((item) => `${JSON.stringify(item)}\n`).join('');

test('a CSV file starts a run for each row; the results are CSV with outputs; a failed row exits with 3', async () => {
  stack.simulator.script('cli-batch', { steps: [{ end: 'completed' }], lastMessage: 'read, "well"' });
  const [key, out] = [randomUUID(), join(folder, 'results.csv')];
  stack.simulator.addFault({ operation: 'start', agentId: 'cli-batch', skip: 2, effect: { status: 422 } });
  const ran = await run(
    ...['batch', 'start', file('invoices.csv', `number,total\n${key}-1,7\n${key}-2,8\n${key}-3,9\n`)],
    ...['--agent', 'cli-batch', '--message', 'Read {{number}}: {{total}}', '--key-field', 'number'],
    ...['--concurrency', '2', '--out', out, '--with-output', '--json'],
  );
  expect(ran.notes).toMatch(/3 rows written/);
  expect(ran).toMatchObject({ code: 3 });
  expect(ran.json()).toMatchObject({ items: 3, completed: 2, failed: 1 });
  const [head, first, second, third] = readFileSync(out, 'utf8').split('\n');
  expect(head).toBe(
    'index,key,status,type,message,field,attempts,workflowId,runId,caseId,duplicateOf,alreadyStarted,cancel,' +
      'mayContinue,lastMessage,outcome,item.number,item.total,output',
  );
  expect(first).toMatch(/^0,([^,]+),completed,,,,1,duvo-run-\1,[^,]+,,,,,,,,\1,7,"\{""runId"".*read, .*well/);
  expect(first?.split(',')[1]).toBe(`${key}-1`);
  expect(second?.startsWith(`1,${key}-2,completed,`)).toBe(true);
  expect(third).toMatch(new RegExp(`^2,${key}-3,failed,Duvo\\.InvalidRequest,`));
  expect(third).toMatch(/-3,9,$/);
  const messages = stack.simulator.ledger
    .filter(({ operation, committed }) => operation === 'start' && committed)
    .map(({ body }) => (body as { message: string }).message);
  expect(messages.sort()).toEqual([`Read ${key}-1: 7`, `Read ${key}-2: 8`]);
});

test('a CSV of results has no formula for a spreadsheet, unless --raw asks for it; numbers stay numbers', async () => {
  const texts = ['=1+1', '+cmd', '-2+3', '@SUM(A1)', '\t=1', '\r=1', '＝1', 'a;=1'];
  const items = lines(...texts.map((text, n) => ({ n, text })), { n: -5, text: '-12.5' }, { n: -6.5, text: '+1e3' });
  const ran = await run('batch', 'start', file('formulas.ndjson', items), '--workflow', 'testItem', '--json');
  const { workflowId } = ran.json<{ workflowId: string }>();
  const read = async (...flags: string[]) => {
    const out = join(folder, 'formulas.csv');
    await run('batch', 'results', workflowId, '--out', out, ...flags);
    const rows = parse<Record<string, string>>(readFileSync(out, 'utf8'), { columns: true });
    return rows.map((row) => [row['item.n'], row['item.text']]);
  };
  const guarded = texts.map((text) => (text.startsWith('a') ? text : `'${text}`));
  const numbers = [
    ['-5', '-12.5'],
    ['-6.5', '+1e3'],
  ];
  expect(await read()).toEqual([...guarded.map((text, n) => [String(n), text]), ...numbers]);
  expect(await read('--raw')).toEqual([...texts.map((text, n) => [String(n), text]), ...numbers]);
  expect(readFileSync(join(folder, 'formulas.csv'), 'utf8')).toContain('"a;=1"');
});

test('a detached batch can be shown, paused, given more concurrency, resumed, listed and redriven', async () => {
  const items = lines(...[0, 1, 2, 3].map((n) => ({ n, waits: n < 2, fails: n === 3 })));
  const started = await run(
    ...['batch', 'start', file('items.ndjson', items), '--workflow', 'testItem', '--concurrency', '1'],
    ...['--key', randomUUID(), '--detach', '--json'],
  );
  expect(started).toMatchObject({ code: 0 });
  const { workflowId } = started.json<{ workflowId: string }>();
  const shown = async () => (await run('batch', 'show', workflowId, '--json')).json<Record<string, unknown>>();
  await eventually(async () => (await shown()).inFlight === 1);
  expect((await run('batch', 'pause', workflowId)).code).toBe(0);
  await eventually(async () => (await shown()).paused === true);
  expect((await run('batch', 'show', workflowId)).out).toContain('1 of 1');
  expect((await run('batch', 'concurrency', workflowId, '3', '--json')).json()).toMatchObject({
    previous: 1,
    concurrency: 3,
  });
  expect((await run('batch', 'resume', workflowId)).code).toBe(0);
  for (const n of [0, 1]) {
    const item = stack.client.workflow.getHandle(`${workflowId}/item/${n}`);
    await eventually(() =>
      item.signal('goOn').then(
        () => true,
        () => false,
      ),
    );
  }
  const results = await run('batch', 'results', workflowId);
  expect(results.code).toBe(0);
  expect(results.out.split('\n').map((line) => (JSON.parse(line) as { status: string }).status)).toEqual([
    ...['completed', 'completed', 'completed', 'failed'],
  ]);
  await eventually(async () => (await run('batch', 'list', '--json')).out.includes('"COMPLETED"'));
  expect((await run('batch', 'list')).out).toContain(workflowId.slice(0, 'duvo-batch-12345678'.length));
  const again = await run('batch', 'redrive', workflowId, '--json');
  expect(again).toMatchObject({ code: 3 });
  expect(again.json()).toMatchObject({ items: 1, failed: 1 });
});

test('cancel waits for the items in progress', async () => {
  const path = file('wait.json', JSON.stringify([{ n: 0, waits: true }, { n: 1 }]));
  const started = await run(
    'batch',
    'start',
    path,
    '--workflow',
    'testItem',
    '--concurrency',
    '1',
    '--detach',
    '--json',
  );
  const { workflowId } = started.json<{ workflowId: string }>();
  await eventually(
    async () => (await run('batch', 'show', workflowId, '--json')).json<{ inFlight: number }>().inFlight === 1,
  );
  const cancelled = await run('batch', 'cancel', workflowId, '--json');
  expect(cancelled.code).toBe(0);
  expect(cancelled.json()).toMatchObject({
    ...{
      canceled: 1,
      notStarted: 1,
      stopped: 'canceled',
      cancel: { confirmed: 1, alreadyFinished: 0, unconfirmed: 0 },
    },
  });
});

test('a cancellation that leaves runs working exits with 7', async () => {
  stack.simulator.script('left-alone', { steps: [{ status: 'running' }] });
  const template = file('abandon.json', JSON.stringify({ run: { agentId: 'left-alone', onCancel: 'abandon' } }));
  const path = file('alone.ndjson', lines({ n: 0 }));
  const started = await run('batch', 'start', path, '--template', template, '--detach', '--json');
  const { workflowId } = started.json<{ workflowId: string }>();
  const item = stack.client.workflow.getHandle(`${workflowId}/item/0`);
  await eventually(async () => 'DuvoRunId' in ((await item.describe().catch(() => undefined))?.searchAttributes ?? {}));
  const cancelled = await run('batch', 'cancel', workflowId);
  expect(cancelled).toMatchObject({ code: 7 });
  expect(cancelled.out).toMatch(/cancel unconfirmed +1$/m);
  expect(cancelled.notes).toMatch(/1 of 1 cancellations are not confirmed/);
});

test('gate list --batch shows only the gates of one batch', async () => {
  stack.simulator.script('asks', { steps: [{ ask: { type: 'approval', title: 'Batch?' } }, { end: 'completed' }] });
  const path = file('one.ndjson', lines({ number: 'cli-gate' }));
  const started = await run('batch', 'start', path, '--agent', 'asks', '--detach', '--json');
  const { workflowId } = started.json<{ workflowId: string }>();
  const [gate] = await eventually(async () => {
    const open = (await run('gate', 'list', '--batch', workflowId, '--json')).json<{ ref: string }[]>();
    return open.length > 0 && open;
  });
  const other = await run('gate', 'list', '--batch', 'duvo-batch-other', '--json');
  expect(other).toMatchObject({ out: '', notes: expect.stringContaining("'duvo-batch-other'") as string });
  expect(other.code).not.toBe(0);
  expect((await run('gate', 'answer', gate?.ref ?? '', '--approve', '--by', 'alice')).code).toBe(0);
});

test.each([
  ['a line that is not JSON', ['start', 'bad.ndjson', '--workflow', 'testItem'], 2, /line 2: is not JSON/],
  ['no template', ['start', 'bad.ndjson'], 2, /give one of --agent/],
  [
    'a concurrency that is not a number',
    ['start', 'good.ndjson', '--workflow', 'testItem', '--concurrency', 'wide'],
    2,
    /--concurrency/,
  ],
  [
    'a concurrency above the limit',
    ['start', 'good.ndjson', '--workflow', 'testItem', '--concurrency', '501'],
    2,
    /concurrency must be/,
  ],
  ['an unknown batch', ['show', 'duvo-batch-nowhere'], 5, /duvo-batch-nowhere/],
])(
  '%s gives an exit code and one line on stderr',
  async (_what, [command = '', target = '', ...rest], code, message) => {
    file('bad.ndjson', '{"n":1}\nno\n');
    file('good.ndjson', '{"n":1}\n');
    const result = await run('batch', command, target.endsWith('.ndjson') ? join(folder, target) : target, ...rest);
    expect(result.notes).toMatch(message);
    expect(result.code).toBe(code);
  },
);

test('--from-workers lets the workers read the file', async () => {
  const items = file('theirs.ndjson', lines({ n: 0 }, { n: 1 }));
  const ran = await run('batch', 'start', items, '--from-workers', '--workflow', 'testItem', '--json');
  expect(ran).toMatchObject({ code: 0 });
  expect(ran.json()).toMatchObject({ items: 2, completed: 2 });
  const refused = await run('batch', 'start', 'theirs.ndjson', '--from-workers', '--workflow', 'testItem');
  expect(refused).toMatchObject({ code: 2, notes: expect.stringContaining('absolute path') as string });
  const wrong = file('wrong.ndjson', 'wrong\n');
  const failed = await run('batch', 'start', wrong, '--from-workers', '--workflow', 'testItem');
  expect(failed).toMatchObject({ code: 3, notes: expect.stringContaining('wrong.ndjson, line 1') as string });
});
