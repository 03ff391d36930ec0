/** Files of items as RFC 4180, Excel, LibreOffice, pandas and SAP write them, each with the rows that it holds. */

export interface GeneratedSource {
  name: string;
  bytes: Buffer;
  format: 'csv' | 'ndjson' | 'json';
  delimiter?: string;
  /** The items and the lines on which they begin. */
  rows: { item: unknown; line: number }[];
  /** Line of the row that makes the file invalid; absent when it is valid. */
  invalidLine?: number;
}

interface CsvWriter {
  name: string;
  delimiter: string;
  rowEnds: readonly string[];
  quotes: 'needed' | 'all';
  encoding?: 'utf16le';
  start?: string;
  /** Rows without content that this program leaves in a file. */
  emptyRows: readonly string[];
}

const CSV_WRITERS: readonly CsvWriter[] = [
  { name: 'RFC 4180', delimiter: ',', rowEnds: ['\r\n'], quotes: 'needed', emptyRows: [] },
  { name: 'Excel', delimiter: ';', rowEnds: ['\r\n'], quotes: 'needed', start: '\uFEFF', emptyRows: [';;', ''] },
  {
    name: 'Excel with sep=',
    delimiter: ';',
    rowEnds: ['\r\n'],
    quotes: 'needed',
    start: 'sep=;\r\n',
    emptyRows: [';;'],
  },
  {
    name: 'Excel Unicode text',
    delimiter: '\t',
    rowEnds: ['\r\n'],
    quotes: 'needed',
    encoding: 'utf16le',
    start: '\uFEFF',
    emptyRows: ['\t\t'],
  },
  { name: 'LibreOffice', delimiter: ',', rowEnds: ['\n'], quotes: 'all', emptyRows: [',,', '"","",""'] },
  { name: 'pandas', delimiter: ',', rowEnds: ['\n'], quotes: 'needed', emptyRows: [',,'] },
  { name: 'SAP', delimiter: '|', rowEnds: ['\r\n'], quotes: 'needed', emptyRows: ['  |  |  ', ''] },
  { name: 'an old Mac', delimiter: ',', rowEnds: ['\r'], quotes: 'needed', emptyRows: [''] },
  {
    name: 'files joined by a script',
    delimiter: ',',
    rowEnds: ['\r\n', '\n', '\r'],
    quotes: 'needed',
    emptyRows: ['', ',,'],
  },
];

const CELLS = [
  '',
  'plain',
  ' spaces ',
  '0012',
  '=1+1',
  '12" pipe',
  'a,b;c|d\te',
  'line\nbreak',
  'line\r\nbreak',
  'line\rbreak',
  'Ümit',
  '請求書 🙂',
  '"',
  '""',
  "it's",
  '1.234,50',
  'x'.repeat(300),
];
/** Numbers in JSON, and the values that items must have. */
const NUMBERS: readonly [text: string, value: unknown][] = [
  ['1', 1],
  ['12.50', 12.5],
  ['-0.1', -0.1],
  ['9007199254740991', 9007199254740991],
  ['9007199254740993', '9007199254740993'],
  ['123456789012345678901234567890', '123456789012345678901234567890'],
  ['1e400', '1e400'],
  ['0.12345678901234567890', '0.12345678901234567890'],
];

/** What makes a CSV file invalid: the text of a row. The file ends with it, so that an open quote cannot close again. */
const CSV_FAULTS: readonly ((delimiter: string) => string)[] = [
  (delimiter) => `id${delimiter}12" pipe${delimiter}x`,
  (delimiter) => `id${delimiter}"a"b${delimiter}x`,
  (delimiter) => `id${delimiter} "a"${delimiter}x`,
  (delimiter) => `id${delimiter}"never closed${delimiter}x`,
  (delimiter) => `id${delimiter}short`,
  (delimiter) => `id${delimiter}a${delimiter}b${delimiter}long`,
];
const JSON_FAULTS = ['{"id":', '{"id":01}', '{"id":1,"id":2}', "{'id':1}", '{"id":NaN}'];

type Random = () => number;

/** A generator of numbers from 0 to 1 that returns the same numbers for the same seed (mulberry32). */
function seeded(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
/** Number of the line that follows the text. */
const nextLine = (text: string): number => (text.match(/\r\n|\r|\n/g)?.length ?? 0) + 1;

export function generateSources(count: number): GeneratedSource[] {
  return Array.from({ length: count }, (_one, seed) => {
    const random = seeded(seed);
    const isFaulty = seed % 4 === 3;
    const source = seed % 3 === 2 ? generateJson(random, isFaulty) : generateCsv(random, isFaulty);
    return { ...source, name: `${source.name}${isFaulty ? ', with a fault' : ''}, seed ${seed}` };
  });
}

function generateCsv(random: Random, isFaulty: boolean): GeneratedSource {
  const writer = pick(random, CSV_WRITERS);
  const { delimiter, quotes, start = '', encoding } = writer;
  const fields = ['id', pick(random, ['name', 'Größe', 'two words']), 'note'];
  const write = (cell: string) =>
    quotes === 'all' || /["\r\n]/.test(cell) || cell.includes(delimiter) ? `"${cell.replaceAll('"', '""')}"` : cell;
  let text = start;
  const rows: GeneratedSource['rows'] = [];
  const end = () => pick(random, writer.rowEnds);
  text += fields.map(write).join(delimiter) + end();
  for (let n = Math.floor(random() * 30); n >= 0; n--) {
    if (random() < 0.2 && writer.emptyRows.length > 0) text += pick(random, writer.emptyRows) + end();
    const cells = [`id-${n}`, pick(random, CELLS), pick(random, CELLS)];
    rows.push({ item: Object.fromEntries(fields.map((field, at) => [field, cells[at]])), line: nextLine(text) });
    text += cells.map(write).join(delimiter) + end();
  }
  const invalidLine = isFaulty ? nextLine(text) : undefined;
  if (isFaulty) text += pick(random, CSV_FAULTS)(delimiter) + end();
  else if (random() < 0.5) text = text.replace(/(\r\n|\r|\n)$/, '');
  return {
    name: writer.name,
    bytes: Buffer.from(text, encoding ?? 'utf8'),
    format: 'csv',
    // Excel's first line names the delimiter.
    ...(!start.startsWith('sep=') && { delimiter }),
    rows,
    ...(invalidLine && { invalidLine }),
  };
}

function generateJson(random: Random, isFaulty: boolean): GeneratedSource {
  const format = pick(random, ['ndjson', 'json'] as const);
  const end = pick(random, ['\n', '\r\n']);
  const isArray = format === 'json';
  let text = pick(random, ['', '\uFEFF']) + (isArray ? `[${end}` : '');
  const rows: GeneratedSource['rows'] = [];
  const items = Math.floor(random() * 30) + 1;
  for (let n = 0; n < items; n++) {
    if (random() < 0.2) text += end;
    const [digits, value] = pick(random, NUMBERS);
    const note = pick(random, CELLS);
    rows.push({ item: { id: value, note, list: [value] }, line: nextLine(text) });
    const isLast = n === items - 1 && !isFaulty;
    text += `{"id":${digits},"note":${JSON.stringify(note)},"list":[${digits}]}${isArray && !isLast ? ',' : ''}${end}`;
  }
  const invalidLine = isFaulty ? nextLine(text) : undefined;
  if (isFaulty) text += pick(random, JSON_FAULTS) + end;
  if (isArray) text += ']';
  return { name: format, bytes: Buffer.from(text), format, rows, ...(invalidLine && { invalidLine }) };
}
