import { colorStatus } from '../terminal/color';
import { columnsOf, type Output } from '../terminal/output';
import { escapeText } from '../../contract';
import { padText, textWidth, wrapText } from '../terminal/text';
import type { Check } from './check';

const STATUS_COLUMNS = 'warning'.length;
/** Maximum width of the column with the checks' names. A wider column would leave too little room for the details. */
const MAX_NAME_COLUMNS = 24;
const MIN_DETAIL_COLUMNS = 20;

/** Formats each check as a line, with its fix on the line below. Long texts are wrapped within their column. */
export function formatChecks(checks: Check[], output: Output): string {
  const columns = columnsOf(output);
  const nameColumns = Math.min(MAX_NAME_COLUMNS, Math.max(...checks.map(({ check }) => textWidth(check))));
  const indent = STATUS_COLUMNS + nameColumns + 4;
  return checks
    .flatMap(({ status, check, details, fix }) => {
      const head = `${colorStatus(padText(status, STATUS_COLUMNS), output)}  `;
      const name = padText(check, nameColumns);
      // A name that is wider than the column has a line to itself.
      const isLong = textWidth(check) > nameColumns;
      const lines = wrapDetails(escapeText(details), columns - indent);
      const first = isLong
        ? [`${head}${check}`, ...lines.slice(0, 1).map((line) => ' '.repeat(indent) + line)]
        : [`${head}${name}  ${lines[0] ?? ''}`.trimEnd()];
      const fixLines = fix === undefined ? [] : wrapDetails(`fix: ${fix}`, columns - STATUS_COLUMNS - 2);
      return [
        ...first,
        ...lines.slice(1).map((line) => ' '.repeat(indent) + line),
        ...fixLines.map((line) => ' '.repeat(STATUS_COLUMNS + 2) + line),
      ];
    })
    .join('\n');
}

/** Wraps a text between words. A word that is wider than a line, such as an id or a URL, is broken. */
function wrapDetails(text: string, columns: number): string[] {
  const width = Math.max(MIN_DETAIL_COLUMNS, columns);
  return wrapText(text, width).flatMap((line) =>
    textWidth(line) <= width ? [line] : (line.match(new RegExp(`.{1,${width}}`, 'gu')) ?? [line]),
  );
}
