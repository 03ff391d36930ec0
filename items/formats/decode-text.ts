import { TextDecoder } from 'node:util';
import { BatchSourceError } from '../errors/source-error';
import { countLineEnds } from './lines';

/** The first text that {@link decodeText} yields has at least this many bytes, or is the whole source. */
const FIRST_BYTES = 512;

/** First bytes of files that are not text, and how to get text from them. */
const BINARY_FILES: [signature: number[], problem: string][] = [
  [[0x50, 0x4b, 0x03, 0x04], 'is a ZIP archive or an Excel workbook: save it as CSV'],
  [[0xd0, 0xcf, 0x11, 0xe0], 'is an old Excel workbook: save it as CSV'],
  [[0x1f, 0x8b], 'is compressed with gzip: decompress it'],
  [[0x25, 0x50, 0x44, 0x46, 0x2d], 'is a PDF: give CSV, NDJSON or JSON'],
];

/**
 * Decodes the text of a source piece by piece, without a byte order mark: UTF-8, or UTF-16 with a byte order mark, as Excel
 * writes "Unicode text". A login page or a binary file is refused, whatever the name of the source promises.
 *
 * @throws BatchSourceError
 */
export async function* decodeText(name: string, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let decoder: TextDecoder | undefined;
  let line = 1;
  let tail: Uint8Array = new Uint8Array();
  const decode = (chunk: Uint8Array, isEnd: boolean): string => {
    const isFirst = decoder === undefined;
    decoder ??= new TextDecoder(encodingOf(name, chunk), { fatal: true });
    let text: string;
    try {
      text = decoder.decode(chunk, { stream: !isEnd });
    } catch {
      throw new BatchSourceError(
        name,
        `is not ${decoder.encoding.toUpperCase()}: convert it to UTF-8`,
        line + linesBeforeInvalid(tail, chunk, decoder.encoding),
      );
    }
    if (isFirst) checkFirstText(name, text);
    checkNoNul(name, text, line);
    line += countLineEnds(text);
    tail = chunk.subarray(-3);
    return text;
  };
  let first = Buffer.alloc(0);
  for await (const chunk of bytes) {
    if (decoder) yield decode(chunk, false);
    else {
      first = Buffer.concat([first, chunk]);
      if (first.length >= FIRST_BYTES) yield decode(first, false);
    }
  }
  yield decode(decoder ? new Uint8Array() : first, true);
}

function encodingOf(name: string, first: Uint8Array): string {
  for (const [signature, problem] of BINARY_FILES)
    if (signature.every((byte, at) => first[at] === byte)) throw new BatchSourceError(name, problem);
  if (first[0] === 0xff && first[1] === 0xfe) return 'utf-16le';
  if (first[0] === 0xfe && first[1] === 0xff) return 'utf-16be';
  return 'utf-8';
}

function checkFirstText(name: string, text: string): void {
  // A comment, a declaration or any tag: no CSV, NDJSON or JSON begins so.
  if (/^\s*<([!?]|[a-z][a-z\d-]*[\s/>])/i.test(text))
    throw new BatchSourceError(name, 'is an HTML or XML page, such as a login page: give CSV, NDJSON or JSON', 1);
}

/** @param line line on which the text begins */
function checkNoNul(name: string, text: string, line: number): void {
  const nulIndex = text.indexOf('\0');
  if (nulIndex < 0) return;
  const problem = 'has a NUL, so it is not text, or is UTF-16 without a byte order mark: convert it to UTF-8';
  throw new BatchSourceError(name, problem, line + countLineEnds(text.slice(0, nulIndex)));
}

/** Number of lines that end before the first invalid byte. `tail` holds the bytes before the chunk. */
function linesBeforeInvalid(tail: Uint8Array, chunk: Uint8Array, encoding: string): number {
  if (encoding !== 'utf-8') return 0;
  // The chunk may continue a character of the chunk before it.
  const start = tail.findLastIndex((byte) => byte >= 0xc0);
  const carried = start < 0 ? new Uint8Array() : tail.subarray(start);
  const text = new TextDecoder().decode(Buffer.concat([carried, chunk]));
  const at = text.indexOf('\uFFFD');
  return countLineEnds(at < 0 ? text : text.slice(0, at));
}
