import { Readable } from 'node:stream';
import { readItems } from '../../client';
import { readAll, readError } from '../support/sources/source-bytes';

const item = (value: unknown) => [{ item: value, line: 1 }];

test.each([
  ['ndjson', (text: string) => text],
  ['json', (text: string) => `[${text}]`],
] as const)('%s keeps the digits of numbers that JavaScript would round', async (format, wrap) => {
  const text =
    '{"id":9007199254740993,"other":9007199254740992,"sum":1e400,"small":1e-400,"exact":0.12345678901234567890,"list":[-12345678901234567890]}';
  expect(await readAll(wrap(text), { format })).toEqual(
    item({
      id: '9007199254740993',
      other: '9007199254740992',
      sum: '1e400',
      small: '1e-400',
      exact: '0.12345678901234567890',
      list: ['-12345678901234567890'],
    }),
  );
});

test('numbers that JavaScript can hold stay numbers', async () => {
  const text = '{"id":9007199254740991,"price":12.50,"share":0.1,"big":1e3,"negative":-5,"zero":0}';
  expect(await readAll(text, { format: 'ndjson' })).toEqual(
    item({ id: 9007199254740991, price: 12.5, share: 0.1, big: 1000, negative: -5, zero: 0 }),
  );
});

test('an object with two values for one field is refused with its line and without its text', async () => {
  const { message } = await readError('{"n":1}\n{"secret":1,"secret":2}\n', { format: 'ndjson' });
  expect(message).toBe('the input, line 2: has two different values for one field');
});

test.each(['\n', '\r\n', '\r'])('NDJSON and JSON lines may end with %j', async (end) => {
  const lines = ['{"n":1}', '', '{"n":2}'].join(end);
  const read = [
    { item: { n: 1 }, line: 1 },
    { item: { n: 2 }, line: 3 },
  ];
  for (const size of [1, 8, 1_000]) {
    expect(await readAll(lines, { format: 'ndjson', size })).toEqual(read);
    expect(await readAll(`[{"n":1},${end}${end}{"n":2}]`, { format: 'json', size })).toEqual(read);
  }
});

test.each(['csv', 'ndjson', 'json'] as const)('an HTML page is refused as %s', async (format) => {
  const { message } = await readError('\n<!DOCTYPE html>\n<html><body>Sign in</body></html>\n', { format });
  expect(message).toMatch(/is an HTML or XML page, such as a login page/);
});

test.each([
  '<!-- sign in -->\n<html><body>\nSign in\n</body></html>\n',
  '<p>Sign in</p>\nfoo\n',
  '<script src="a.js"></script>\n',
])('the page %j is refused', async (page) => {
  expect((await readError(page, { format: 'csv' })).message).toMatch(/is an HTML or XML page, such as a login page/);
});

test('a NUL is refused with the line on which it stands', async () => {
  expect((await readError('id,n\r\n1,\0\r\n', { format: 'csv' })).message).toMatch(/line 2: has a NUL/);
  const csv = `n\n${'1\n'.repeat(2_000)}\0\n`;
  expect((await readError(csv, { format: 'csv' })).message).toMatch(/line 2002: has a NUL/);
  const json = `{"n":1}\n`.repeat(2_000);
  expect((await readError(`${json}{"n":"\0"}`, { format: 'ndjson' })).message).toMatch(/line 2001: has a NUL/);
});

test.each([
  ['an Excel workbook', [0x50, 0x4b, 0x03, 0x04, 0x00], /Excel workbook: save it as CSV$/],
  ['a gzip file', [0x1f, 0x8b, 0x08, 0x00], /compressed with gzip/],
  ['UTF-16 without a byte order mark', [...Buffer.from('a,b\n1,2\n', 'utf16le')], /UTF-16 without a byte order mark/],
])('%s is refused', async (_name, bytes, message) => {
  expect((await readError(Buffer.from(bytes), { format: 'csv' })).message).toMatch(message);
});

test('UTF-16 with a byte order mark is read, as Excel writes it', async () => {
  const text = '\uFEFFnumber\tname\r\n1\tÜmit 🙂\r\n';
  const read = [{ item: { number: '1', name: 'Ümit 🙂' }, line: 2 }];
  const littleEndian = Buffer.from(text, 'utf16le');
  expect(await readAll(littleEndian, { format: 'csv', delimiter: '\t', size: 3 })).toEqual(read);
  expect(await readAll(Buffer.from(littleEndian).swap16(), { format: 'csv', delimiter: '\t' })).toEqual(read);
});

test.each([1, 2, 7, 1_000])('bytes that are not UTF-8 are refused with their line, in pieces of %i', async (size) => {
  const start = Buffer.from(`name\n${'Ümit\n'.repeat(200)}`);
  const bytes = Buffer.concat([start, Buffer.from([0xdc, 0x6d, 0x69, 0x74, 0x0a, 0x61, 0x0a])]);
  const error = await readError(bytes, { format: 'csv', size });
  expect(error).toMatchObject({ message: 'the input, line 202: is not UTF-8: convert it to UTF-8', line: 202 });
});

test("the error of the caller's own stream passes unchanged", async () => {
  const broken = new Error('the line is dead');
  const source = Readable.from(
    (async function* () {
      yield await Promise.resolve(Buffer.from('a\n'));
      throw broken;
    })(),
  );
  const read = async () => {
    for await (const _one of readItems(source, { format: 'csv' }));
  };
  await expect(read()).rejects.toBe(broken);
});
