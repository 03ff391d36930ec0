import { closeSync, createWriteStream, openSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { DuvoBatch } from '../../client';
import { UsageError } from '../exit-codes';
import { describeFileError } from '../flags/file-error';
import type { Output } from '../terminal/output';
import { formatCsvRow } from '../terminal/csv-row';

export interface ResultFlags {
  out?: string;
  resultFormat?: string;
  withOutput?: boolean;
  raw?: boolean;
}

const RESULT_COLUMNS = [
  ...(['index', 'key', 'status', 'type', 'message', 'field', 'attempts', 'workflowId', 'runId', 'caseId'] as const),
  ...(['duplicateOf', 'alreadyStarted', 'cancel', 'mayContinue', 'lastMessage', 'outcome'] as const),
];

/** Writes a row for every item to a file or to stdout. @returns the number of rows */
export async function writeResults(batch: DuvoBatch, flags: ResultFlags, output: Output): Promise<number> {
  const { out } = flags;
  const toLines = chooseFormat(flags) === 'csv' ? csvLines : ndjsonLines;
  let rows = 0;
  const lines = async function* () {
    for await (const line of toLines(batch, flags)) {
      yield line;
      rows++;
    }
  };
  if (out === undefined) {
    for await (const line of lines()) {
      output.print(line);
      await output.drained?.();
    }
  } else await pipeline(Readable.from(withNewlines(lines())), createWriteStream(out)).catch(throwWriteError(out));
  return chooseFormat(flags) === 'csv' ? rows - 1 : rows;
}

/**
 * Checks that the result file can be written, without changing its content. It runs before the batch starts, so that a
 * wrong path does not fail only after hours of work. @throws UsageError
 */
export function checkResultFlags(flags: ResultFlags): void {
  chooseFormat(flags);
  const { out } = flags;
  if (out === undefined) return;
  try {
    closeSync(openSync(out, 'a'));
  } catch (error) {
    throwWriteError(out)(error);
  }
}

/** Turns an error of the file system into a UsageError; other errors are thrown as they are. */
function throwWriteError(out: string): (error: unknown) => never {
  return (error) => {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall === undefined) throw error;
    const why = code === 'ENOENT' ? 'the folder does not exist' : describeFileError(error);
    throw new UsageError(`--out: ${out} cannot be written: ${why}`);
  };
}

/**
 * Returns the format that `--result-format` names, or else the format that the file's extension implies. @throws
 * UsageError
 */
export function chooseFormat({ out, resultFormat }: ResultFlags): 'csv' | 'ndjson' {
  const format = resultFormat ?? (out?.toLowerCase().endsWith('.csv') ? 'csv' : 'ndjson');
  if (format !== 'csv' && format !== 'ndjson')
    throw new UsageError(`--result-format: '${format}' is not a format: give csv or ndjson`);
  return format;
}

async function* ndjsonLines(batch: DuvoBatch, { withOutput }: ResultFlags): AsyncGenerator<string> {
  for await (const result of batch.results({ withOutput })) yield JSON.stringify(result);
}

async function* csvLines(batch: DuvoBatch, { withOutput, raw = false }: ResultFlags): AsyncGenerator<string> {
  const fields = await readItemFields(batch);
  const head = [...RESULT_COLUMNS, ...fields.map((field) => `item.${field}`), ...(withOutput ? ['output'] : [])];
  yield formatCsvRow(head, raw);
  for await (const result of batch.results({ withOutput, withItems: true })) {
    const item = toItemFields(result.item);
    const cells: unknown[] = [...RESULT_COLUMNS.map((name) => result[name]), ...fields.map((field) => item[field])];
    yield formatCsvRow(withOutput ? [...cells, result.output] : cells, raw);
  }
}

/** Reads the names of the fields that the items have. The head of the file has them all, so it needs all items. */
async function readItemFields(batch: DuvoBatch): Promise<string[]> {
  const fields = new Set<string>();
  for await (const { item } of batch.results({ withItems: true }))
    for (const field of Object.keys(toItemFields(item))) fields.add(field);
  return [...fields];
}

function toItemFields(item: unknown): Record<string, unknown> {
  if (item === undefined) return {};
  const hasFields = typeof item === 'object' && item !== null && !Array.isArray(item);
  return hasFields ? (item as Record<string, unknown>) : { value: item };
}

async function* withNewlines(lines: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of lines) yield `${line}\n`;
}

/** Counts the failed items by the type of the failure, the most frequent first. */
export async function countFailures(batch: DuvoBatch): Promise<[type: string, count: number][]> {
  const counts = new Map<string, number>();
  for await (const { status, type = 'unknown' } of batch.rows())
    if (status === 'failed') counts.set(type, (counts.get(type) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a);
}
