/** The start of a formula in a spreadsheet. Excel in some languages takes the full-width signs, too. */
const FORMULA_START = /^[=+\-@\t\r\n＝＋－＠]/;
/** A number as people write it. A text such as -12.5 is data, and must be summed as a number. */
const NUMBER = /^[+-]?(\d[\d.,]*|[.,]\d+)(e[+-]?\d+)?%?$/i;

/**
 * Formats the cells of one CSV row. A text that a spreadsheet would run as a formula starts with an apostrophe, because
 * keys and outputs come from agents and other people.
 *
 * @param isRaw leaves out the apostrophes, for programs that read the file
 */
export function formatCsvRow(cells: unknown[], isRaw: boolean): string {
  return cells.map((cell) => quote(isRaw ? toText(cell) : guardFormula(cell))).join(',');
}

function guardFormula(cell: unknown): string {
  const text = toText(cell);
  return typeof cell !== 'number' && FORMULA_START.test(text) && !NUMBER.test(text) ? `'${text}` : text;
}

function toText(cell: unknown): string {
  if (cell === undefined || cell === null) return '';
  return typeof cell === 'string' ? cell : JSON.stringify(cell);
}

/** A semicolon and a tab are quoted as well, because a spreadsheet may split the row there and find a formula behind. */
function quote(text: string): string {
  return /[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
