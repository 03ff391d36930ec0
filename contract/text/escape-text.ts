/**
 * Characters that change what a terminal or a log viewer shows beside them, or that show as nothing: controls, the
 * formats that reverse or hide text, line separators, and halves of surrogate pairs. Tabs and line breaks are not among
 * them, nor are the joiners and variation selectors inside an emoji.
 */
const UNPRINTABLE =
  /(?![\t\n\ufe0e\ufe0f])(?!(?<=\p{Extended_Pictographic}[\ufe0f\u{1f3fb}-\u{1f3ff}]?)\u200d(?=\p{Extended_Pictographic}))[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu;

/**
 * Escapes the characters of a text that could change the terminal or forge its lines, as JSON does it: `\u001b`. So JSON
 * stays the same value. Line breaks are kept, as `\n`.
 */
export function escapeText(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(UNPRINTABLE, escapeUnits);
}

function escapeUnits(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}
