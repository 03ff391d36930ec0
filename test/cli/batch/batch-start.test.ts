import { readFileSync, rmSync } from 'node:fs';
import { startCommand } from '../../support/command-line';
import {
  file,
  flags,
  folder,
  PAGE_ITEMS,
  pageAndOneItem,
  run,
  server,
  setUpBatchStart,
  stack,
} from '../../support/sources/batch-start-command';
import { SourceServer } from '../../support/sources/source-server';
import { eventually } from '../../support/stack';

setUpBatchStart();

const item = ['--workflow', 'testItem'];
const statusOf = async (workflowId: string) =>
  (
    await stack.client.workflow
      .getHandle(workflowId)
      .describe()
      .catch(() => undefined)
  )?.status.name;

let count = 0;
/** Returns a new key, and the id of the batch with this key. */
const newKey = () => {
  const key = `begun-${process.pid}-${count++}`;
  return { key, batchId: `duvo-batch-${key}` };
};

test.each([
  ['an unknown field', { run: { agentid: 'q' } }, /template\.json, line 1, column \d+: run\.agentid is not a field/],
  ['a blank agent', { run: { message: '{{n}}' } }, /template\.json, line 1, column \d+: run\.agentId is missing/],
  [
    'an unknown field with a placeholder',
    { run: { agentId: 'q', mesage: '{{n}}' } },
    /template\.json, line 1, column \d+: run\.mesage is not/,
  ],
  [
    'an invalid value',
    { run: { agentId: 'q', deadline: 'soon' } },
    /template\.json, line 1, column \d+: run\.deadline is not a duration/,
  ],
  ['a workflow without a type', { workflow: {} }, /template\.json, line 1, column \d+: workflow\.type is missing/],
  ['a case without a title', { case: { queueId: 'q' } }, /template\.json, line 1, column \d+: case\.title is missing/],
  ['nothing to start', {}, /template\.json, line 1, column 1: must have one of run, workflow and case/],
])('a template with %s is refused, and nothing is started', async (_what, template, message) => {
  const { key, batchId } = newKey();
  const path = file('template.json', JSON.stringify(template));
  const { code, notes } = await run(file('one.ndjson', '{"n":1}\n'), '--template', path, '--key', key);
  expect(notes).toMatch(message);
  expect(code).toBe(2);
  expect(await statusOf(batchId)).toBeUndefined();
});

test.each([
  ['--with-output without --out', [...item, '--with-output'], '--with-output: goes only with --out'],
  ['--raw without --out', [...item, '--raw'], '--raw: goes only with --out'],
  ['--stop-not-before alone', [...item, '--stop-not-before', '3'], "--stop-not-before: '3' has no effect without"],
  ['--message with --workflow', [...item, '--message', 'Read {{n}}'], '--message: goes only with --agent'],
  ['--data with --agent', ['--agent', 'a', '--data', '{{n}}'], '--data: goes only with --queue'],
  [
    'a placeholder that is not closed',
    ['--agent', 'a', '--message', 'Read {{n'],
    "--message: '{{n' is not closed: write {{n}}",
  ],
  ['an empty placeholder', ['--agent', 'a', '--message', 'Read {{}}'], "--message: '{{}}' names no field of the item"],
])('%s is refused by its flag, and nothing is started', async (_what, args, message) => {
  const { key, batchId } = newKey();
  const { code, notes } = await run(file('one.ndjson', '{"n":1}\n'), ...args, '--key', key);
  expect({ code, notes }).toEqual({ code: 2, notes: expect.stringContaining(message) as string });
  expect(await statusOf(batchId)).toBeUndefined();
});

test('a template without a placeholder comes with a warning when there are several items', async () => {
  stack.simulator.script('same', { steps: [{ end: 'completed' }] });
  const warning = 'the template has no placeholder';
  const template = ['--agent', 'same', '--message', 'Read it'];
  expect((await run(file('two.ndjson', '{"n":1}\n{"n":2}\n'), ...template)).notes).toContain(warning);
  expect((await run(file('one.ndjson', '{"n":1}\n'), ...template)).notes).not.toContain(warning);
  expect((await run(file('two.ndjson', '{"n":1}\n{"n":2}\n'), ...item)).notes).not.toContain(warning);
});

test('a placeholder may be the value of any field of a template', async () => {
  stack.simulator.script('anything', { steps: [{ end: 'completed' }] });
  const template = { run: { agentId: '{{agent}}', deadline: '{{time}}', gate: { due: '{{due}}', onTimeout: 'deny' } } };
  const source = file('any.ndjson', JSON.stringify({ agent: 'anything', time: '2h', due: 5000 }));
  const ran = await run(source, '--template', file('any.json', JSON.stringify(template)), '--json');
  expect(ran.json()).toMatchObject({ completed: 1 });
});

test('a URL that cannot be read is reported with the reason and without its secrets, and nothing is started', async () => {
  const gone = await SourceServer.start();
  const url = gone.url('/items.csv?token=secret');
  await gone.close();
  const { key, batchId } = newKey();
  const unreached = await run(url, ...item, '--key', key);
  expect(unreached).toMatchObject({ code: 2, notes: expect.stringMatching(/items\.csv: .*ECONNREFUSED/) as string });
  expect(unreached.notes).not.toContain('secret');
  const blocked = await run('http://127.0.0.1:1/items.csv', ...item, '--key', key);
  expect(blocked).toMatchObject({ code: 2, notes: expect.stringContaining('cannot be read (bad port)') as string });
  server.setAnswers((response) => response.writeHead(404).end());
  const refused = await run(server.url('/items.csv'), ...item, '--key', key);
  expect(refused).toMatchObject({ code: 2, notes: expect.stringContaining('the server answered 404') as string });
  expect(await statusOf(batchId)).toBeUndefined();
});

describe('a URL that breaks off after the batch was created', () => {
  const broken = (text: string) =>
    server.setAnswers((response) => {
      response.writeHead(200, { 'content-type': 'application/x-ndjson', 'content-length': 1_000_000 });
      response.write(text, () => response.destroy());
    });
  const idOf = (notes: string) => /^(duvo-batch-\S+): storing its items/m.exec(notes)?.[1] ?? '';

  test('without a key the batch is cancelled, because no command could continue it', async () => {
    broken(pageAndOneItem);
    const { code, notes } = await run(server.url('/items'), ...item);
    expect(code).toBe(2);
    expect(notes).toContain(`batch show ${idOf(notes)}`);
    await eventually(async () => (await statusOf(idOf(notes))) === 'CANCELLED');
  });

  test('with a key the same command continues the batch', async () => {
    broken(pageAndOneItem);
    const { key, batchId } = newKey();
    const { code, notes } = await run(server.url('/items'), ...item, '--key', key);
    expect(code).toBe(2);
    expect(notes).toMatch(/the same command continues with it/);
    server.setAnswers((response) =>
      response.writeHead(200, { 'content-type': 'application/x-ndjson' }).end(pageAndOneItem),
    );
    const again = await run(server.url('/items'), ...item, '--key', key, '--json');
    const items = PAGE_ITEMS + 1;
    expect(again.json()).toMatchObject({ workflowId: batchId, items, completed: items });
  });

  test('an invalid line makes the batch fail', async () => {
    server.setAnswers((response) =>
      response.writeHead(200, { 'content-type': 'application/x-ndjson' }).end(`${pageAndOneItem}no\n`),
    );
    const { key, batchId } = newKey();
    const { code, notes } = await run(server.url('/items'), ...item, '--key', key);
    expect({ code, notes }).toEqual({
      code: 2,
      notes: expect.stringContaining(`line ${PAGE_ITEMS + 2}: is not JSON`) as string,
    });
    await eventually(async () => (await statusOf(batchId)) === 'FAILED');
  });
});

test('failed items are counted by the type of the failure', async () => {
  const source = file('fail.ndjson', [1, 2, 3].map((n) => `{"n":${n},"fails":${n > 1}}\n`).join(''));
  const { code, notes } = await run(source, ...item);
  expect(code).toBe(3);
  expect(notes).toMatch(/failed: 2 × TestItemFailed; 'npx duvo-temporal batch results duvo-batch-\S+' lists them/);
});

test('a batch whose items are invalid is not recommended for a redrive, which would send the same input', async () => {
  // The command does not check the input of a workflow, so only the workflow refuses it.
  const lateRun = { workflow: { type: 'agentRun', input: { agentId: 'anything', deadline: '{{time}}' } } };
  const template = file('late.json', JSON.stringify(lateRun));
  const invalid = await run(file('late.ndjson', '{"time":"soon"}\n{"time":"later"}\n'), '--template', template);
  expect(invalid.code).toBe(3);
  expect(invalid.notes).toMatch(
    /2 of 2 items did not complete: their input is invalid, .*start a batch .* another --key/,
  );
  expect(invalid.notes).not.toContain('batch redrive');
});

test('a redrive is not recommended for items whose key was used with another input', async () => {
  stack.simulator.script('reads', { steps: [{ end: 'completed' }] });
  const n = `used-${process.pid}`;
  const start = (message: string) =>
    run(file('used.ndjson', `{"n":"${n}"}\n`), '--agent', 'reads', '--message', message, '--key-field', 'n');
  expect((await start('Read {{n}}')).code).toBe(0);
  const conflict = await start('Check {{n}}');
  expect(conflict.code).toBe(3);
  expect(conflict.notes).toMatch(/1 of 1 items did not complete: their keys were used before with another input/);
  expect(conflict.notes).not.toContain('batch redrive');
});

test('results that can no longer be written name --out and the path', async () => {
  const results = file('gone.csv', '');
  const { key, batchId } = newKey();
  const running = startCommand(
    'batch',
    'start',
    file('waits.ndjson', '{"n":0,"waits":true}\n'),
    ...item,
    ...flags(),
    '--key',
    key,
    '--out',
    results,
  );
  await eventually(() => running.findNotes('runs in Temporal'));
  rmSync(folder, { recursive: true });
  const waiting = stack.client.workflow.getHandle(`${batchId}/item/0`);
  await eventually(() =>
    waiting.signal('goOn').then(
      () => true,
      () => false,
    ),
  );
  expect(await running.code).toBe(2);
  expect(running.findNotes('--out')).toEqual([expect.stringContaining(results)]);
  expect(() => readFileSync(results)).toThrow();
});
