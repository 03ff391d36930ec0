import fc from 'fast-check';
import type { Gate } from '../../contract/gates/gates';
import { hashRequest } from '../../contract/gates/request-hash';
import { type ExportedReceipt, type GateReceipt, hashReceipt } from '../../contract/gates/receipts';
import { ReceiptVerifier } from '../../contract/gates/verify-receipts';
import { canonicalJson, hashJson } from '../../contract/text/canonical-json';
import { formatReceiptRow, parseReceiptRow, RECEIPT_COLUMNS } from '../../cli/gate/receipt-rows';
import { addReceipt, readReceiptsPage, startReceiptLog } from '../../workflows/gates/receipt-log';
import type { AcceptedAnswer } from '../../workflows/gates/gate-book';
import { formatCsvRow } from '../../cli/terminal/csv-row';
import { readItems } from '../../items/read-items';
import { collect } from '../support/collect';

const gateOf = (gateId: string): Gate => {
  const request = { source: 'process', type: 'approval', title: `Pay ${gateId}?` } as const;
  const closed = { status: 'closed', outcome: 'approved', openedAt: '2027-01-01T00:00:00.000Z' } as const;
  const requestHash = hashRequest(request);
  return { gateId, ref: `wf#${gateId}`, ...request, requestHash, ...closed, at: '2027-01-01T09:00:00.000Z' };
};
const answerOf = (answer: Partial<AcceptedAnswer> = {}): AcceptedAnswer => ({
  gateId: 'g',
  by: 'alice',
  via: 'update',
  approved: true,
  ...answer,
});

function chainOf(chain: string, answers: Partial<AcceptedAnswer>[]): GateReceipt[] {
  const log = startReceiptLog(chain);
  answers.forEach((answer, index) => addReceipt(log, gateOf(`g-${index}`), answerOf(answer)));
  return log.receipts;
}

/** Returns the index of the first wrong row and the problem; `undefined` when all rows are right. */
function verify(rows: unknown[]): [index: number, problem: string] | undefined {
  const verifier = new ReceiptVerifier();
  for (const [index, row] of rows.entries()) {
    const problem = verifier.add(row);
    if (problem) return [index, problem];
  }
  return undefined;
}

/** Texts without the character that an answer may not have. */
const textWithoutNul = (options: fc.StringConstraints = {}) =>
  fc.string(options).map((one) => one.replaceAll('\0', 'x'));
const text = fc.oneof(textWithoutNul({ unit: 'binary' }), fc.stringMatching(/^'*[=+@-]/), fc.constant('-12.5'));
const groups = fc.array(textWithoutNul({ minLength: 1 }), { minLength: 1, maxLength: 2 });
const answers = fc.array(fc.record({ by: textWithoutNul({ minLength: 1 }), groups, comment: text }), {
  minLength: 3,
  maxLength: 8,
});

test('canonical JSON sorts the fields by code units and writes numbers and texts as RFC 8785 does', () => {
  const value = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\ud83d\ude00': 5, '\u0080': 6, '\u00f6': 7 };
  expect(canonicalJson(value)).toBe('{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\ud83d\ude00":5,"\ufb33":3}');
  expect(canonicalJson({ b: [1e30, 4.5, 2e-3, null], a: '\u000f\n"\\', c: undefined })).toBe(
    '{"a":"\\u000f\\n\\"\\\\","b":[1e+30,4.5,0.002,null]}',
  );
  expect(hashJson({})).toBe('44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a');
});

test('whole chains are right, also one after the other and mixed', () => {
  fc.assert(
    fc.property(answers, answers, (one, other) => {
      const rows = [chainOf('a', one), chainOf('b', other)];
      expect(verify(rows.flat())).toBeUndefined();
      const mixed = rows.flat().sort((left, right) => left.n - right.n);
      expect(verify(mixed)).toBeUndefined();
    }),
  );
});

test('any change of any field of any row is named at that row', () => {
  fc.assert(
    fc.property(answers, fc.nat(), fc.nat(), fc.string(), (given, at, field, value) => {
      const rows: ExportedReceipt[] = [...chainOf('a', given), ...chainOf('b', given)];
      const index = at % rows.length;
      const row = rows[index] as ExportedReceipt;
      const name = ([...RECEIPT_COLUMNS] as (keyof ExportedReceipt)[])[field % RECEIPT_COLUMNS.length] ?? 'n';
      fc.pre(row[name] !== value);
      rows[index] = { ...row, [name]: value };
      expect(verify(rows)?.[0]).toBe(index);
      const { [name]: removed, ...rest } = row;
      if (removed === undefined) return;
      rows[index] = rest as GateReceipt;
      expect(verify(rows)?.[0]).toBe(index);
    }),
    { numRuns: 500 },
  );
});

test('a changed row whose hash was computed anew is named at the row after it', () => {
  const rows = chainOf('a', [{}, {}, {}]);
  const forged = { ...(rows[1] as GateReceipt), by: 'mallory' };
  rows[1] = { ...forged, hash: hashReceipt(forged) };
  expect(verify(rows)).toEqual([2, 'previous: no earlier row of this chain has this hash']);
});

test('a removed row in the middle, a repeated row and swapped rows are named at the first wrong row', () => {
  fc.assert(
    fc.property(answers, fc.nat(), (given, at) => {
      const rows = chainOf('a', given);
      const index = 1 + (at % (rows.length - 2));
      expect(verify(rows.toSpliced(index, 1))).toEqual([
        index,
        `n: the receipts ${index + 1} to ${index + 1} of this chain are missing`,
      ]);
      expect(verify(rows.toSpliced(index, 0, rows[index - 1] as GateReceipt))).toEqual([
        index,
        'is a duplicate of an earlier row',
      ]);
      const [one, two] = [rows[index] as GateReceipt, rows[index + 1] as GateReceipt];
      expect(verify(rows.toSpliced(index, 2, two, one))?.[0]).toBe(index);
    }),
  );
});

test('receipts that a workflow has left out are named', () => {
  const log = startReceiptLog('a');
  for (let n = 0; n < 5; n++) addReceipt(log, gateOf(`g-${n}`), answerOf(), { maxBytes: 1_500 });
  const { receipts, omitted = 0 } = readReceiptsPage(log);
  expect(omitted).toBeGreaterThan(0);
  expect(receipts[0]?.n).toBe(omitted + 1);
  const exported = receipts.map((receipt, index) => (index === 0 ? { ...receipt, omitted } : receipt));
  expect(verify(exported)).toEqual([0, `omitted: the workflow has left out ${omitted} receipts before this one`]);
});

test('a chain that begins late is right and counted, and so is a branch after a reset', () => {
  const rows = chainOf('a', [{}, {}, {}]);
  const verifier = new ReceiptVerifier();
  for (const row of rows.slice(1)) expect(verifier.add(row)).toBeUndefined();
  const branch = chainOf('a', [{}, {}, { by: 'bob' }])[2];
  expect(verifier.add(branch)).toBeUndefined();
  expect(verifier.summary).toEqual({ receipts: 3, chains: 1, lateChains: 1, branches: 1 });
});

test('a row that is no receipt is named', () => {
  for (const row of [null, 1, 'x', [], {}, { chain: 'a', n: '1', previous: 'p', hash: 'h' }])
    expect(verify([row])?.[1]).toMatch(/^is not a receipt/);
});

test('a receipt survives CSV whatever its texts are, and no cell begins like a formula', async () => {
  await fc.assert(
    fc.asyncProperty(answers, async (given) => {
      const rows = chainOf('a', given);
      const lines = [formatCsvRow([...RECEIPT_COLUMNS], false), ...rows.map(formatReceiptRow)];
      const file = (async function* () {
        await Promise.resolve();
        yield Buffer.from(lines.map((line) => `${line}\n`).join(''));
      })();
      const read = await collect(readItems(file, { format: 'csv' }));
      expect(read.map(({ item }) => parseReceiptRow(item as Record<string, string>))).toEqual(rows);
      for (const { item } of read) expect((item as Record<string, string>).comment).not.toMatch(/^[=+@]|^-(?![\d.])/);
    }),
    { numRuns: 50 },
  );
});

test('a comment over 2,000 characters is cut, and its hash is in the receipt', () => {
  const comment = 'x'.repeat(2_001);
  const [receipt] = chainOf('a', [{ comment }]);
  expect(receipt).toMatchObject({ comment: `${'x'.repeat(2_000)}…`, commentHash: hashJson(comment) });
  expect(chainOf('a', [{ comment: 'x'.repeat(2_000) }])[0]).not.toHaveProperty('commentHash');
});
