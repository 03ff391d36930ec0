import stringWidth from 'string-width';
import { escapeText } from '../../contract';

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Returns the width of a text in terminal columns. A CJK character or an emoji is two columns wide. */
export function textWidth(text: string): number {
  return stringWidth(text);
}

/**
 * Cuts a text to a width in terminal columns. A cut text ends with `…`. Characters that consist of several code points
 * stay whole.
 */
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

/** Wraps a text between words. A word that is wider than a line stays whole, because it may be a URL or an id. */
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

/** Converts a text that an agent or a person wrote to one line, which cannot change the terminal. */
export function toOneLine(text: string): string {
  return escapeText(text.replace(/\s+/g, ' ')).trim();
}

/** Formats a string unchanged, and any other value as JSON. */
export function formatValue(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value, undefined, 2);
}
