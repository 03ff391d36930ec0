import { createWriteStream } from 'node:fs';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { BatchItemResult, DuvoBatch } from '../../client';
import { UsageError } from '../exit-codes';
import type { Output } from '../output';

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
  else await pipeline(Readable.from(lined(lines())), fileAt(out));
  return formatOf(flags) === 'csv' ? rows - 1 : rows;
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

function fileAt(path: string): Writable {
  return createWriteStream(path);
}
