import { createWriteStream } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { getClient } from '@temporalio/activity';
import { DuvoWorkflows } from 'duvo-temporal/client';
import type { Finding } from './finding';

/**
 * Writes a report with the result of each product. The rows are read page by page and are not part of a workflow
 * history. The report gets its final name only when it is complete, so an interrupted attempt leaves no partial report.
 */
export async function writeReport({ batchId, folder, name }: Record<'batchId' | 'folder' | 'name', string>) {
  const path = join(folder, `${name.replace(/[^\w.-]/g, '-')}.csv`);
  await mkdir(folder, { recursive: true });
  await pipeline(linesOf(batchId), createWriteStream(`${path}.part`));
  await rename(`${path}.part`, path);
  return path;
}

async function* linesOf(batchId: string): AsyncGenerator<string> {
  yield line('sku', 'result', 'finding');
  const batch = new DuvoWorkflows(getClient()).batches.get(batchId);
  for await (const { key, index, status, type, output } of batch.results({ withOutput: true })) {
    const finding = output as Finding | undefined;
    const result = finding?.withdraw ? 'withdrawn' : finding?.ok ? 'ok' : finding ? 'to review' : status;
    yield line(key ?? `line ${index + 1}`, result, finding?.comment ?? type ?? '');
  }
}

const line = (...cells: string[]) => `${cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',')}\n`;
