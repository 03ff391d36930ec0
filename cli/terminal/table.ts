import Table from 'cli-table3';
import { escapeText } from '../../contract';
import { applyStyle, colorStatus } from './color';
import { columnsOf, type Output } from './output';
import { padText, textWidth, toOneLine, truncateText } from './text';

export type Cell = string | number | undefined;

export interface Column<T> {
  head: string;
  value: (row: T) => Cell;
  /**
   * Order in which columns are cut and left out: the highest rank is first. @default the column's position from the
   * left
   */
  rank?: number;
  /**
   * Minimum width of the column; if less room is left, the column is left out instead of cut. @default 8, or the width
   * of the heading if that is more
   */
  minWidth?: number;
  /** Whether each cell is a status (`completed`, `failed`, …) that is coloured by its meaning. */
  isStatus?: boolean;
}

/** Number of spaces between two columns. */
const GAP = 2;
const DEFAULT_MIN_WIDTH = 8;

/**
 * Formats a list whose lines are not wider than the terminal. Cells that are too wide are cut with `…`, in the order of
 * their columns' rank.
 */
export function formatTable<T>(columns: Column<T>[], rows: T[], output: Output): string {
  const cells = rows.map((row) => columns.map(({ value }) => toOneLine(String(value(row) ?? ''))));
  const natural = columns.map(({ head }, at) =>
    Math.max(textWidth(head), ...cells.map((row) => textWidth(row[at] ?? ''))),
  );
  const widths = fitWidths(columns, natural, columnsOf(output));
  const shown = columns.flatMap((_column, at) => (widths[at] === 0 ? [] : [at]));
  const cut = (text: string, at: number) => truncateText(text, widths[at] ?? 0);
  const table = new Table({
    chars: NO_BORDERS,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': GAP },
  });
  table.push(
    shown.map((at) => applyStyle('bold', cut(columns[at]?.head.toUpperCase() ?? '', at), output)),
    ...cells.map((row) =>
      shown.map((at) => {
        const text = cut(row[at] ?? '', at);
        return columns[at]?.isStatus ? colorStatus(text, output) : text;
      }),
    ),
  );
  return trimLines(table.toString());
}

/** Returns the width of each column; 0 for a column that is left out. */
function fitWidths<T>(columns: Column<T>[], natural: number[], available: number): number[] {
  const widths = [...natural];
  const total = () => widths.reduce((sum, width) => sum + (width > 0 ? width + GAP : 0), -GAP);
  const byRank = columns
    .map(({ rank, head, minWidth }, at) => ({
      at,
      rank: rank ?? at,
      min: minWidth ?? Math.max(DEFAULT_MIN_WIDTH, textWidth(head)),
    }))
    .sort((a, b) => b.rank - a.rank);
  for (const { at, min } of byRank) {
    const excess = total() - available;
    if (excess <= 0) break;
    const width = widths[at] ?? 0;
    widths[at] = Math.max(Math.min(width, min), width - excess);
  }
  for (const { at } of byRank.slice(0, -1)) {
    if (total() <= available) break;
    widths[at] = 0;
  }
  const last = byRank.at(-1)?.at;
  if (last !== undefined && total() > available) widths[last] = available;
  return widths;
}

/**
 * Formats an object as one line for each field, with name and value. Values are never cut; absent and empty values are
 * left out.
 */
export function formatFields(entries: Record<string, Cell>, output: Output): string {
  const shown = Object.entries(entries).filter(([, value]) => value !== undefined && value !== '');
  const nameWidth = Math.max(0, ...shown.map(([name]) => textWidth(name)));
  const indent = ' '.repeat(nameWidth + GAP);
  return shown
    .map(([name, value]) => {
      const [first = '', ...more] = escapeText(String(value)).split('\n');
      const head = applyStyle('bold', padText(name, nameWidth), output);
      const text = /status|outcome|workflow$|cancel$/.test(name) ? colorStatus(first, output) : first;
      return [`${head}${' '.repeat(GAP)}${text}`, ...more.map((line) => indent + line)].join('\n');
    })
    .join('\n');
}

function trimLines(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

const NO_BORDERS = Object.fromEntries(
  [
    ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
    ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'],
  ].map((name) => [name, '']),
) as object;
