import fc from 'fast-check';
import { cutText, cutTextToBytes, jsonBytes, takeWithinBytes } from '../../contract/text/cut-text';

const texts = fc.string({ unit: 'binary', maxLength: 40 });
const limits = fc.nat(80);
const isWellFormed = (text: string) => Buffer.from(text, 'utf8').toString('utf8') === text;

test('a cut text is the start of the text, fits the limit and is well-formed', () => {
  fc.assert(
    fc.property(texts, limits, (text, limit) => {
      for (const [cut, size] of [
        [cutText(text, limit), (one: string) => one.length],
        [cutTextToBytes(text, limit), (one: string) => jsonBytes(one) - 2],
      ] as const) {
        expect(text.startsWith(cut)).toBe(true);
        expect(size(cut)).toBeLessThanOrEqual(limit);
        expect(isWellFormed(cut)).toBe(true);
        // Nothing more would have fitted.
        const [next = ''] = text.slice(cut.length);
        if (cut !== text) expect(size(cut + next)).toBeGreaterThan(limit);
      }
    }),
    { numRuns: 2_000 },
  );
});

test('a mark follows only a text that was cut', () => {
  expect([cutText('😀😀', 4, '…'), cutText('😀😀', 3, '…')]).toEqual(['😀😀', '😀…']);
  expect([cutTextToBytes('請😀', 7, '…'), cutTextToBytes('請😀', 6, '…')]).toEqual(['請😀', '請…']);
});

test('the first items that fit are taken, and never an item behind one that does not fit', () => {
  fc.assert(
    fc.property(fc.array(texts, { maxLength: 10 }), limits, (items, limit) => {
      const taken = takeWithinBytes(items, limit);
      expect(taken).toEqual(items.slice(0, taken.length));
      if (taken.length > 0) expect(jsonBytes(taken)).toBeLessThanOrEqual(limit);
    }),
  );
});
