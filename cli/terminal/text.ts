import stringWidth from 'string-width';

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** The number of terminal columns that a text takes: two for a CJK character or an emoji. */
export function textWidth(text: string): number {
  return stringWidth(text);
}

/** Cuts a text to a number of terminal columns. A cut text ends with `…`; no character is cut in two. */
export function truncateText(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let cut = '';
  let used = 1;
  for (const { segment } of graphemes.segment(text)) {
    used += textWidth(segment);
    if (used > width) break;
    cut += segment;
  }
  return `${cut.trimEnd()}…`;
}

export function padText(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - textWidth(text)));
}

/** Breaks a text into lines between words. A word that is wider than a line stays whole: it may be a URL or an id. */
export function wrapText(text: string, width: number): string[] {
  return text.split('\n').flatMap((paragraph) => {
    const lines: string[] = [];
    let line = '';
    for (const word of paragraph.split(' ')) {
      if (line !== '' && textWidth(line) + 1 + textWidth(word) > width) {
        lines.push(line);
        line = word;
      } else line = line === '' ? word : `${line} ${word}`;
    }
    return [...lines, line];
  });
}

/**
 * Removes control characters from a text that an agent or a person wrote, so that it cannot change the terminal. Line
 * breaks stay.
 */
export function stripControls(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, ' ');
}

/** A text as one line of a list. */
export function toOneLine(text: string): string {
  return stripControls(text).replace(/\s+/g, ' ').trim();
}

/** A text as it is; any other value as JSON. */
export function formatValue(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value, undefined, 2);
}
