/** The rows of a file of receipts. */
import type { ExportedReceipt } from '../../client';
import { formatCsvRow } from '../terminal/csv-row';

export const RECEIPT_COLUMNS = [
  ...([
    'chain',
    'n',
    'ref',
    'gateId',
    'verdict',
    'status',
    'by',
    'groups',
    'at',
    'via',
    'comment',
    'approvers',
    'due',
    'delivery',
  ] as const),
  ...(['commentHash', 'answersHash', 'requestHash', 'policyHash', 'seenHash', 'omitted', 'previous', 'hash'] as const),
];

const NUMBER_COLUMNS: readonly string[] = ['n', 'omitted'];

/** The marks that {@link formatCsvRow} puts before a formula are apostrophes, which a text may begin with by itself. */
const MARKED_TEXT = /^'+[=+\-@\t\r\n＝＋－＠]/;

export function formatReceiptRow(receipt: ExportedReceipt): string {
  return formatCsvRow(
    RECEIPT_COLUMNS.map((name) => {
      const value = receipt[name];
      return typeof value === 'string' && MARKED_TEXT.test(value) ? `'${value}` : value;
    }),
    false,
  );
}

/** Reads a row of a CSV file as the receipt that it was written from. An empty cell is an absent field. */
export function parseReceiptRow(row: Record<string, string>): Record<string, unknown> {
  const cells = Object.entries(row).filter(([, cell]) => cell !== '');
  return Object.fromEntries(cells.map(([name, cell]) => [name, parseCell(name, cell)]));
}

function parseCell(name: string, cell: string): unknown {
  if (NUMBER_COLUMNS.includes(name)) return /^[1-9]\d*$/.test(cell) ? Number(cell) : cell;
  if (name === 'groups' || name === 'approvers') return parseList(cell);
  return MARKED_TEXT.test(cell) ? cell.slice(1) : cell;
}

/** A cell that is no list was changed, and does not fit the hash of its row. */
function parseList(cell: string): unknown {
  try {
    return JSON.parse(cell);
  } catch {
    return cell;
  }
}
