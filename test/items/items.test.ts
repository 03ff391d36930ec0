import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { readItems } from '../../client';
import { TsProcess } from '../support/processes/ts-process';

const folder = mkdtempSync(join(tmpdir(), 'duvo-items-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, text: string | Buffer): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const read = async (...args: Parameters<typeof readItems>) => {
  const all: { item: unknown; line: number }[] = [];
  for await (const one of readItems(...args)) all.push(one);
  return all;
};
/** Yields bytes in pieces of a fixed size. */
function pieces(text: string, size: number): Readable {
  const bytes = Buffer.from(text);
  return Readable.from(
    Array.from({ length: Math.ceil(bytes.length / size) }, (_one, n) => bytes.subarray(n * size, n * size + size)),
  );
}

test('CSV is read with its header, quotes, line breaks inside fields, byte order mark and blank lines', async () => {
  const path = file('a.csv', '\uFEFFnumber,text\n1,"a, ""b""\nc"\n\n2,plain\n');
  expect(await read(path)).toEqual([
    { item: { number: '1', text: 'a, "b"\nc' }, line: 2 },
    { item: { number: '2', text: 'plain' }, line: expect.any(Number) as number },
  ]);
  expect(await read(file('a.tsv', 'a\tb\n1\t2\n'))).toEqual([{ item: { a: '1', b: '2' }, line: 2 }]);
  expect(await read(file('semi.csv', 'a;b\n1;2\n'), { delimiter: ';' })).toEqual([
    { item: { a: '1', b: '2' }, line: 2 },
  ]);
});

test('NDJSON is read line by line, with or without a line break at the end', async () => {
  expect(await read(file('a.ndjson', '{"n":1}\r\n\n{"n":2}'))).toEqual([
    { item: { n: 1 }, line: 1 },
    { item: { n: 2 }, line: 3 },
  ]);
});

const ARRAY = '[ {"a": "x ] , } \\" \\\\", "b": [1, {"c": 2}]},\n "text, ]", 3 ,\n[4, "ü"], null ]\n';
test.each([1, 2, 3, 7, 1_000])('a JSON array is read from pieces of %i bytes', async (size) => {
  expect(await read(pieces(ARRAY, size), { format: 'json' })).toEqual(
    (JSON.parse(ARRAY) as unknown[]).map((item, at) => ({ item, line: [1, 2, 2, 3, 3][at] })),
  );
});

test('an empty array, an empty file of lines and a CSV without rows have no items', async () => {
  expect(await read(file('none.json', ' [ ] '))).toEqual([]);
  expect(await read(file('none.ndjson', ''))).toEqual([]);
  expect(await read(file('none.csv', 'a,b\n'))).toEqual([]);
});

const SECRET = 'dv_test_secret';
test.each([
  ['bad.ndjson', `{"n":1}\n{"n": ${SECRET}}\n`, /bad\.ndjson, line 2: is not JSON$/],
  ['bad.json', `[{"n":1},\n{"n": ${SECRET}}]`, /bad\.json, line 2: is not JSON$/],
  ['cut.json', `[{"n":1},\n{"n": "${SECRET}`, /cut\.json, line 2: ends before the array does$/],
  ['object.json', `{"n": "${SECRET}"}`, /object\.json, line 1: is not a JSON array: if/],
  ['more.json', `[1]\n${SECRET}`, /more\.json, line 2: text follows the end/],
  ['comma.json', `[1,]`, /comma\.json, line 1: a value is missing$/],
  ['short.csv', `a,b\n1,2\n${SECRET}\n`, /short\.csv, line 3: has 1 fields; the header has 2$/],
  ['open.csv', `a,b\n1,2\n"${SECRET},3\n`, /open\.csv, line \d: a quote opens/],
  ['twice.csv', `a,a\n1,2\n`, /twice\.csv, line 1: column 2 has the same name as an earlier column$/],
  ['what.txt', SECRET, /what\.txt: has no known format: .*\(--format/],
  ['book.xlsx', 'PK\u0003\u0004', /book\.xlsx: is a ZIP archive or an Excel workbook: save it as CSV$/],
  ['array.ndjson', `[\n{"n":1}]`, /array\.ndjson, line 1: begins like a JSON array: .*--format json/],
])('%s is refused with the line number and without its content', async (name, text, message) => {
  const error = await read(file(name, text)).then(
    () => new Error('it was read'),
    (thrown: unknown) => thrown as Error,
  );
  expect(error.message).toMatch(message);
  expect(error.name).toBe('BatchSourceError');
  expect(error.message).not.toContain(SECRET);
});

test('bytes that are not UTF-8 and a missing file are refused', async () => {
  await expect(read(file('latin.csv', Buffer.from([0x61, 0x0a, 0xe4, 0x0a])))).rejects.toThrow(/is not UTF-8/);
  await expect(read(join(folder, 'nowhere.csv'))).rejects.toThrow(/there is no such file$/);
  await expect(read(folder)).rejects.toThrow(/is a folder: give a file$/);
  await expect(read('ftp://user:pass@host/a.csv')).rejects.toThrow(
    /^ftp:\/\/…: ftp:\/\/ is not supported: give a path, or/,
  );
});

describe('over HTTP', () => {
  let server: Server;
  let url: string;
  beforeAll(async () => {
    server = createServer((request, response) => {
      if (request.url?.startsWith('/broken')) {
        response.writeHead(200, { 'content-type': 'application/x-ndjson', 'content-length': 1_000 });
        response.write('{"n":1}\n', () => setTimeout(() => response.destroy(), 50));
      } else if (request.url?.startsWith('/items')) {
        if (request.headers.authorization !== 'Bearer x') return response.writeHead(401).end();
        response.writeHead(200, { 'content-type': 'text/csv; charset=utf-8' }).end('a\n1\n');
      } else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());

  test('the content type gives the format, and headers are sent', async () => {
    expect(await read(`${url}/items?token=${SECRET}`, { headers: { authorization: 'Bearer x' } })).toEqual([
      { item: { a: '1' }, line: 2 },
    ]);
  });

  test('a refusal and an interrupted body are errors that do not contain the query', async () => {
    const refused = await read(`${url}/items?token=${SECRET}`).catch((error: Error) => error.message);
    expect(refused).toMatch(/\/items: the server answered 401$/);
    await expect(read(`${url}/broken`)).rejects.toThrow(/broken: cannot be read/);
  });
});

const TEXT = 'x'.repeat(570);
const JSON_ITEM = JSON.stringify({ n: 10_000, text: TEXT });

test.each([
  ['big.csv', { head: 'n,text\n', line: `10000,${TEXT}\n`, tail: '', items: 100_000 }],
  ['big.ndjson', { head: '', line: `${JSON_ITEM}\n`, tail: '', items: 100_000 }],
  ['big.json', { head: '[', line: `${JSON_ITEM},\n`, tail: '0]', items: 100_001 }],
])(
  '%s of 60 MB is read with little memory',
  async (name, { head, line, tail, items }) => {
    const path = join(folder, name);
    writeFileSync(path, head);
    const lines = line.repeat(10_000);
    for (let written = 0; written < 100_000; written += 10_000) appendFileSync(path, lines);
    appendFileSync(path, tail);
    const reader = TsProcess.start(join(__dirname, '../support/processes/memory-reader.ts'), {
      ...process.env,
      SOURCE: path,
      NODE_OPTIONS: '--max-old-space-size=64',
    });
    const { items: read, mostMiB } = await reader.firstMessage<{ items: number; mostMiB: number }>();
    expect(read).toBe(items);
    expect(mostMiB).toBeLessThan(60);
    await reader.waitForExit();
  },
  60_000,
);
