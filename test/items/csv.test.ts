import { readAll, readError } from '../support/sources/source-bytes';

const SECRET = 'dv_test_secret';
const csv = (text: string, options = {}) => readAll(text, { format: 'csv', ...options });
const csvError = (text: string, options = {}) => readError(text, { format: 'csv', ...options });

describe.each([1, 2, 3, 1_000])('in pieces of %i bytes', (size) => {
  test.each([
    ['LF', '\n', '\r\n'],
    ['CRLF', '\r\n', '\n'],
    ['CR', '\r', '\r\n'],
  ])('a header that ends with %s may precede rows with other ends', async (_name, headerEnd, rowEnd) => {
    const text = `id,name${headerEnd}1,a${rowEnd}2,b${rowEnd}3,c`;
    expect(await csv(text, { size })).toEqual([
      { item: { id: '1', name: 'a' }, line: 2 },
      { item: { id: '2', name: 'b' }, line: 3 },
      { item: { id: '3', name: 'c' }, line: 4 },
    ]);
  });

  test('a line number counts the lines of the text, also blank ones and those inside quotes', async () => {
    const text = 'id,note\r\n\r\n1,"a\r\nb\r\nc"\r\n\n\n2,"d\n\ne"\r3,f\r\n';
    expect(await csv(text, { size })).toEqual([
      { item: { id: '1', note: 'a\r\nb\r\nc' }, line: 3 },
      { item: { id: '2', note: 'd\n\ne' }, line: 8 },
      { item: { id: '3', note: 'f' }, line: 11 },
    ]);
  });

  test.each([
    [
      'a quote in an unquoted cell',
      `id,text\r\n1,"a\r\nb"\r\n2,12" ${SECRET}\r\n`,
      4,
      /unquoted field contains a quote/,
    ],
    ['a space before a quote', `id,text\n1,a\n2, "${SECRET}"\n`, 3, /unquoted field contains a quote/],
    ['text after a closing quote', `id,text\n1,a\n2,"${SECRET}"x\n`, 3, /a closing quote is followed by text/],
    ['a quote that is never closed', `id,text\n1,a\n2,"${SECRET}\n3,b\n`, 3, /is never closed/],
    ['a row that is too short', `id,text\n1,"a\r\nb"\n${SECRET}\n`, 4, /has 1 fields; the header has 2/],
    [
      'a row that is too long',
      `id,text\n1,a\n2,b,${SECRET}\n`,
      3,
      /has 3 fields; the header has 2: quote a value that contains a comma$/,
    ],
  ])('%s is refused with its line and without its text', async (_name, text, line, message) => {
    const error = await csvError(text, { size });
    expect(error).toMatchObject({ name: 'BatchSourceError', kind: 'invalid', line });
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain(SECRET);
  });

  test('rows of empty cells are skipped', async () => {
    expect(await csv('id;name\r\n1;a\r\n;\r\n  ; \r\n"";""\r\n;;;;\r\n2;b\r\n;\r\n', { size, delimiter: ';' })).toEqual(
      [
        { item: { id: '1', name: 'a' }, line: 2 },
        { item: { id: '2', name: 'b' }, line: 7 },
      ],
    );
  });

  test("Excel's first line 'sep=;' gives the delimiter", async () => {
    expect(await csv('\uFEFFsep=;\r\nid;name\r\n1;a,b\r\n', { size })).toEqual([
      { item: { id: '1', name: 'a,b' }, line: 3 },
    ]);
    expect(await csv('"sep=\t"\nid\tname\n1\ta\n', { size })).toEqual([{ item: { id: '1', name: 'a' }, line: 3 }]);
  });
});

test('a header without a column that the batch needs is refused with its columns', async () => {
  const error = await csvError('number,amount\n1,2\n', { requiredFields: ['number', 'total'] });
  expect(error.message).toBe(
    'the input, line 1: has no column "total", which the batch needs; its columns are "number", "amount"',
  );
});

test('a column in another case is suggested', async () => {
  const { message } = await csvError('Number,amount\n1,2\n', { requiredFields: ['number'] });
  expect(message).toContain('has no column "number", which the batch needs; did you mean "Number"? its columns are');
});

test.each([
  ['with a column that the batch needs', { requiredFields: ['number'] }],
  ['without one', {}],
])('a file with another delimiter is refused with a hint, %s', async (_what, options) => {
  const { message } = await csvError('number;amount\n1;2\n', options);
  expect(message).toMatch(
    /if ';' separates the columns, give the delimiter \(--delimiter ';'\); its columns are "number;amount"$/,
  );
});

test('one column is enough when the caller gives the delimiter', async () => {
  expect(await csv('number;amount\n1;2\n', { delimiter: ',' })).toEqual([
    { item: { 'number;amount': '1;2' }, line: 2 },
  ]);
});

test('the columns in an error are few, short and without control characters', async () => {
  const names = [`\u001b[2J${'x'.repeat(100)}`, ...Array.from({ length: 30 }, (_one, at) => `c${at}`)];
  const { message } = await csvError(`${names.join(',')}\n`, { requiredFields: ['total'] });
  expect(message).not.toContain('\u001b');
  expect(message).not.toContain('x'.repeat(50));
  expect(message).toMatch(/"c18" and 11 more$/);
});

test.each([
  ['', 'number,amount\n1,2\nnumber,amount\n3,4\n', 3],
  [' of a file with a byte order mark', '\uFEFFnumber\r\n1\r\n\r\n\uFEFFnumber\r\n2\r\n', 4],
])('the repeated header%s in joined files is refused with its line', async (_what, text, line) => {
  const { message } = await csvError(text);
  expect(message).toBe(
    `the input, line ${line}: repeats the header, as when files are joined: remove this line, or rename the columns when it is an item`,
  );
});
