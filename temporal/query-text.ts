/**
 * Returns a text as a visibility query has it: in quotation marks, with the characters escaped that would end the text. The
 * server (1.29) does not remove the escapes of a backslash or of a double quotation mark, so a query finds no such text.
 */
export function quoteQueryText(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
