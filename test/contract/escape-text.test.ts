import { escapeText } from '../../contract';

test.each([
  ['a terminal sequence', '\u001b[8m', String.raw`\u001b[8m`],
  ['a C1 control', '\u009b2J', String.raw`\u009b2J`],
  ['a carriage return', 'Pay 9\rPay 1', String.raw`Pay 9\u000dPay 1`],
  ['a reversed amount', '\u202e0001\u202c', String.raw`\u202e0001\u202c`],
  ['isolates', '\u2066a\u2069', String.raw`\u2066a\u2069`],
  ['a space of no width', 'a\u200bb\ufeff', String.raw`a\u200bb\ufeff`],
  ['a filler', '\u3164', String.raw`\u3164`],
  ['a tag', '\u{e0041}', String.raw`\udb40\udc41`],
  ['line separators', 'a\u2028b\u2029', String.raw`a\u2028b\u2029`],
  ['half of a surrogate pair', 'a\ud83d', String.raw`a\ud83d`],
  ['a joiner outside an emoji', 'pay\u200dpal', String.raw`pay\u200dpal`],
])('%s is escaped', (_what, text, escaped) => {
  expect(escapeText(text)).toBe(escaped);
});

test.each(['請求書', 'é e\u0301', '👩‍👩‍👧‍👦', '👩🏽‍💻', '❤️‍🔥', 'a\tb\nc', 'שלום'])('%j stays', (text) => {
  expect(escapeText(text)).toBe(text);
});

test('JSON stays the same value', () => {
  const value = { text: '\u202e\u009b\u{e0041}\u2028\\u202e\ud83d' };
  expect(JSON.parse(escapeText(JSON.stringify(value)))).toEqual(value);
});
