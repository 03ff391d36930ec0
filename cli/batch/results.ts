import { closeSync, createWriteStream, openSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { BatchItemResult, DuvoBatch } from '../../client';
import { UsageError } from '../exit-codes';
import type { Output } from '../terminal/output';

export interface ResultFlags {
  out?: string;
  resultFormat?: string;
  withOutput?: boolean;
}

const COLUMNS = [
  ...(['index', 'key', 'status', 'type', 'attempts', 'workflowId'] as const),
  ...(['runId', 'caseId', 'duplicateOf', 'found', 'cancel'] as const),
];

/** Writes a row for every item, to a file or to stdout, one after another. @returns how many */
export async function writeResults(batch: DuvoBatch, flags: ResultFlags, output: Output): Promise<number> {
  const { out, withOutput = false } = flags;
  const write = formatOf(flags) === 'csv' ? csv : ndjson;
  let rows = 0;
  const lines = async function* () {
    for await (const line of write(batch.results({ withOutput }), withOutput)) {
      yield line;
      rows++;
    }
  };
  if (out === undefined) for await (const line of lines()) output.out(line);
  else await pipeline(Readable.from(lined(lines())), createWriteStream(out)).catch(cannotWrite(out));
  return formatOf(flags) === 'csv' ? rows - 1 : rows;
}

/** That the file can be written: before the work of a night, not after it. What stands in it is left. @throws UsageError */
export function checkResultFlags(flags: ResultFlags): void {
  formatOf(flags);
  const { out } = flags;
  if (out === undefined) return;
  try {
    closeSync(openSync(out, 'a'));
  } catch (error) {
    cannotWrite(out)(error);
  }
}

/** @throws UsageError for what the file system refuses */
function cannotWrite(out: string): (error: unknown) => never {
  return (error) => {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall === undefined) throw error;
    const why = code === 'ENOENT' ? 'there is no such folder' : (code ?? 'unknown');
    throw new UsageError(`--out: ${out} cannot be written: ${why}`);
  };
}

/** @throws UsageError */
export function formatOf({ out, resultFormat }: ResultFlags): 'csv' | 'ndjson' {
  const format = resultFormat ?? (out?.toLowerCase().endsWith('.csv') ? 'csv' : 'ndjson');
  if (format !== 'csv' && format !== 'ndjson') throw new UsageError('--result-format: give csv or ndjson');
  return format;
}

async function* ndjson(results: AsyncIterable<BatchItemResult>): AsyncGenerator<string> {
  for await (const result of results) yield JSON.stringify(result);
}

async function* csv(results: AsyncIterable<BatchItemResult>, withOutput: boolean): AsyncGenerator<string> {
  yield [...COLUMNS, ...(withOutput ? ['output'] : [])].join(',');
  for await (const result of results) {
    const cells: unknown[] = [...COLUMNS.map((name) => result[name]), ...(withOutput ? [result.output] : [])];
    yield cells.map(cell).join(',');
  }
}

function cell(value: unknown): string {
  const text = value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

async function* lined(lines: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of lines) yield `${line}\n`;
}

/** How many items failed, by the type of the failure, the most first. */
export async function failuresOf(batch: DuvoBatch): Promise<[type: string, count: number][]> {
  const counts = new Map<string, number>();
  for await (const { status, type = 'unknown' } of batch.rows())
    if (status === 'failed') counts.set(type, (counts.get(type) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a);
}
