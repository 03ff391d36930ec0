/** The three row ends: of Windows, of Unix, and of an old Mac. Excel writes CRLF between rows and LF inside a cell. */
const LINE_END = /\r\n|\n|\r/;

const LF = 0x0a;
const CR = 0x0d;

/** Number of line ends in a text. */
export function countLineEnds(text: string): number {
  return text.split(LINE_END).length - 1;
}

/** Cuts pieces of a text into lines. A line that is longer than `maxChars` is returned as soon as it exceeds the limit. */
export async function* splitLines(
  texts: AsyncIterable<string>,
  maxChars: number,
): AsyncGenerator<{ text: string; line: number }> {
  let line = 1;
  let rest = '';
  for await (const text of texts) {
    rest += text;
    // A carriage return at the end may be the first half of a CRLF.
    const isSplitCrlf = rest.endsWith('\r');
    const lines = (isSplitCrlf ? rest.slice(0, -1) : rest).split(LINE_END);
    rest = (lines.pop() ?? '') + (isSplitCrlf ? '\r' : '');
    for (const one of lines) yield { text: one, line: line++ };
    if (rest.length > maxChars) yield { text: rest, line };
  }
  for (const one of rest.split(LINE_END)) yield { text: one, line: line++ };
}

/**
 * Finds the line on which a record begins, from the offset at which the record before it ended. csv-parse counts a CRLF
 * inside quotes as two lines, so its own line numbers are too high.
 */
export class LineStarts {
  /** Offset and number of each line that is not blank, from the last record on. */
  private starts: { offset: number; line: number }[] = [];
  private next = 0;
  private offset = 0;
  private isLineStart = true;
  private isAfterCr = false;

  constructor(private line = 1) {}

  /** Adds the next bytes of the text. */
  add(bytes: Uint8Array): void {
    this.starts = this.starts.slice(this.next);
    this.next = 0;
    for (const byte of bytes) {
      if (byte === CR || byte === LF) {
        if (byte === CR || !this.isAfterCr) this.line++;
        this.isLineStart = true;
      } else if (this.isLineStart) {
        this.starts.push({ offset: this.offset, line: this.line });
        this.isLineStart = false;
      }
      this.isAfterCr = byte === CR;
      this.offset++;
    }
  }

  /** Returns the first line from the offset on that is not blank. Offsets must not decrease from call to call. */
  lineFrom(offset: number): number {
    while ((this.starts[this.next]?.offset ?? Infinity) < offset) this.next++;
    return this.starts[this.next]?.line ?? this.line;
  }
}
