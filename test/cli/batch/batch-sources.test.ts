import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { collectRows, createBatchesClient, TEST_ITEM } from '../../support/batches';
import {
  file,
  folder,
  PAGE_ITEMS,
  pageAndOneItem,
  run,
  server,
  setUpBatchStart,
  stack,
} from '../../support/sources/batch-start-command';

setUpBatchStart();

const item = ['--workflow', 'testItem', '--json'];

let count = 0;
/** Returns a new key, and whether a batch with this key exists. */
const newKey = () => {
  const key = `sources-${process.pid}-${count++}`;
  const exists = () =>
    stack.client.workflow
      .getHandle(`duvo-batch-${key}`)
      .describe()
      .then(
        () => true,
        () => false,
      );
  return { key, exists };
};

test('a pipe is read once, and all of its rows become items', async () => {
  const pipe = join(folder, 'pipe.csv');
  await promisify(execFile)('mkfifo', [pipe]);
  const writer = promisify(execFile)('sh', ['-c', `printf 'n\\n1\\n2\\n' > "${pipe}"`]);
  expect((await run(pipe, ...item)).json()).toMatchObject({ items: 2, completed: 2 });
  await writer;
});

test.each([
  ['an empty file', 'empty.ndjson', ''],
  ['a CSV file without rows', 'empty.csv', 'n\n'],
])('%s is refused, and nothing is started', async (_what, name, text) => {
  const { key, exists } = newKey();
  const { code, notes } = await run(file(name, text), ...item, '--key', key);
  expect({ code, notes }).toEqual({ code: 2, notes: expect.stringMatching(/has no items.*--allow-empty/) as string });
  expect(await exists()).toBe(false);
  const allowed = await run(join(folder, name), ...item, '--key', key, '--allow-empty');
  expect(allowed.json()).toMatchObject({ items: 0, completed: 0 });
});

test('a URL without items is refused', async () => {
  server.setAnswers((response) => response.end(''));
  expect(await run(server.url('/none.ndjson'), ...item)).toMatchObject({ code: 2 });
});

test('a batch whose source had an invalid line is started anew with the same key, and every item runs once', async () => {
  const { key } = newKey();
  const send = (text: string) =>
    server.setAnswers((response) => response.writeHead(200, { 'content-type': 'application/x-ndjson' }).end(text));
  send(`${pageAndOneItem}no\n`);
  const broken = await run(server.url('/items'), ...item, '--key', key);
  expect(broken).toMatchObject({
    code: 2,
    notes: expect.stringContaining(`line ${PAGE_ITEMS + 2}: is not JSON`) as string,
  });
  send(`${pageAndOneItem}{"n":${PAGE_ITEMS + 1}}\n`);
  const mended = await run(server.url('/items'), ...item, '--key', key);
  const items = PAGE_ITEMS + 2;
  expect(mended.json()).toMatchObject({ items, completed: items });
  const again = await run(server.url('/items'), ...item, '--key', key);
  expect(again.json()).toMatchObject({ items, completed: items });
});

test('a repeat with other items on a stored page is refused: the failed batch stays as it is, and its rows can be read', async () => {
  const { key } = newKey();
  const send = (text: string) =>
    server.setAnswers((response) => response.writeHead(200, { 'content-type': 'application/x-ndjson' }).end(text));
  send(`${pageAndOneItem}no\n`);
  expect((await run(server.url('/items'), ...item, '--key', key)).code).toBe(2);
  send(`{"n":-1}\n${pageAndOneItem}`);
  const repeated = await run(server.url('/items'), ...item, '--key', key);
  expect(repeated).toMatchObject({ code: 2, notes: expect.stringContaining('other items on page 1') as string });
  const batch = createBatchesClient(stack).get(`duvo-batch-${key}`);
  await expect(batch.result()).rejects.toMatchObject({ name: 'DuvoBatchError' });
  expect(await collectRows(batch)).toHaveLength(PAGE_ITEMS);
});

test('a repeat from a pipe with other items on a stored page fails at once', async () => {
  const key = newKey().key;
  const start = (text: string) =>
    createBatchesClient(stack).startFromSource(Readable.from([Buffer.from(text)]), {
      key,
      format: 'ndjson',
      template: TEST_ITEM,
    });
  await expect(start(`${pageAndOneItem}no\n`)).rejects.toMatchObject({ name: 'BatchSourceError' });
  await expect(start(`{"n":-1}\n${pageAndOneItem}`)).rejects.toMatchObject({ name: 'KeyConflictError' });
  const batch = createBatchesClient(stack).get(`duvo-batch-${key}`);
  await expect(batch.result()).rejects.toMatchObject({ name: 'DuvoBatchError' });
});

test('a batch whose workers could not read the source is started anew with the same key', async () => {
  const { key } = newKey();
  const source = file('workers.ndjson', '{"n":0}\nno\n');
  const broken = await run(source, ...item, '--key', key, '--from-workers');
  expect(broken.code).not.toBe(0);
  file('workers.ndjson', '{"n":0}\n{"n":1}\n');
  const mended = await run(source, ...item, '--key', key, '--from-workers');
  expect(mended.json()).toMatchObject({ items: 2, completed: 2 });
});

test.each([
  ['the template', ['--agent', 'a', '--message', 'Read {{number}}, {{total}}'], /no column "total"/],
  ['the key', ['--workflow', 'testItem', '--key-field', 'nr'], /no column "nr"/],
])(
  'a header that lacks a field of %s is refused with its columns, and nothing is started',
  async (_what, args, note) => {
    const { key, exists } = newKey();
    const { code, notes } = await run(file('header.csv', 'number,amount\n1,2\n'), ...args, '--key', key);
    expect({ code, notes }).toEqual({ code: 2, notes: expect.stringMatching(note) as string });
    expect(notes).toContain('its columns are "number", "amount"');
    expect(await exists()).toBe(false);
  },
);

test('a file with another delimiter is refused with a hint', async () => {
  const { code, notes } = await run(file('semicolon.csv', 'number;amount\n1;2\n'), ...item);
  expect({ code, notes }).toEqual({ code: 2, notes: expect.stringContaining("if ';' separates") as string });
});

test('a cell with a quote is refused with its line and without its text', async () => {
  const { code, notes } = await run(file('quote.csv', 'number,text\n1,12" pipe\n'), ...item);
  expect({ code, notes }).toEqual({
    code: 2,
    notes: expect.stringMatching(/quote\.csv, line 2: an unquoted/) as string,
  });
  expect(notes).not.toContain('12"');
});

test.each([
  ['an empty key', 'n,name\n1,a\n\n,b\n', ['--key-field', 'n'], /line 4: n is empty: the key field \(--key-field/],
  ['a key that is too long', `n\n1\n${'k'.repeat(1_000)}\n`, ['--key-field', 'n'], /line 3: n is too long/],
  ['no agent', 'agent,n\na,1\n,2\n', ['--agent', '{{agent}}'], /line 3: agentId must be a string/],
])('a row with %s is refused with its line, and nothing is started', async (_what, text, args, note) => {
  const { key, exists } = newKey();
  const template = args.includes('--agent') ? args : [...args, '--workflow', 'testItem'];
  const { code, notes } = await run(file('rows.csv', text), ...template, '--key', key);
  expect({ code, notes }).toEqual({ code: 2, notes: expect.stringMatching(note) as string });
  expect(await exists()).toBe(false);
});

test.each([
  ['is an array', '{"n":1}\n[1]\n', /line 2: n is missing, because the item is an array, not an object/],
  ['lacks a field of the template', '{"n":1}\n\n{"n":null}\n', /line 3: n is missing in the item/],
  ['has half of a surrogate pair', '{"n":1}\n{"n":"\\ud800"}\n', /line 2: has half of a surrogate pair/],
])('an item that %s is refused with its line, by the client and by the workers', async (_what, text, note) => {
  const args = ['--agent', 'never-started', '--message', 'Read {{n}}'];
  const path = file('items.ndjson', text);
  const { key, exists } = newKey();
  expect(await run(path, ...args, '--key', key)).toMatchObject({
    code: 2,
    notes: expect.stringMatching(note) as string,
  });
  expect(await exists()).toBe(false);
  const byWorkers = await run(path, ...args, '--from-workers', '--key', key);
  expect(byWorkers).toMatchObject({ code: 3, notes: expect.stringMatching(note) as string });
});

test('the same key with other items names the conflict, and does not report that items are stored', async () => {
  const { key } = newKey();
  expect(await run(file('first.ndjson', '{"n":1}\n'), ...item, '--key', key)).toMatchObject({ code: 0 });
  const { code, notes } = await run(file('second.ndjson', '{"n":2}\n'), ...item, '--key', key);
  expect({ code, notes }).toEqual({ code: 2, notes: expect.stringContaining('other items') as string });
  expect(notes).not.toContain('storing its items');
  expect(notes).not.toContain('continues with it');
  expect(notes).toContain('exists already');
});
