import { open } from 'node:fs/promises';
import type { Command } from 'commander';
import { readItems } from '../../client';
import { ReceiptVerifier } from '../../contract';
import { addExamples } from '../flags/examples';
import type { Output } from '../terminal/output';
import { parseReceiptRow } from './receipt-rows';

export function addVerify(gates: Command, output: Output): void {
  const command = gates
    .command('verify <file>')
    .description('check every hash and every chain of exported receipts, without a connection')
    .option('--json', 'print JSON')
    .action(async (file: string, { json }: { json?: boolean }) => {
      const summary = await verifyFile(file);
      output.print(json ? JSON.stringify(summary) : formatSummary(summary));
    });
  addExamples(command, 'gate verify receipts.ndjson');
}

/** @throws ReceiptsError that names the first wrong row */
async function verifyFile(file: string): Promise<ReceiptVerifier['summary']> {
  const format = await findFormat(file);
  const verifier = new ReceiptVerifier();
  let row = 0;
  for await (const { item, line } of readItems(file, { format })) {
    row++;
    const problem = verifier.add(format === 'csv' ? parseReceiptRow(item as Record<string, string>) : item);
    if (problem) throw new ReceiptsError(`${file}: line ${line} (receipt ${row}): ${problem}`);
  }
  return verifier.summary;
}

/** Thrown when exported receipts are not what the workflows recorded. */
class ReceiptsError extends Error {
  override readonly name = 'ReceiptsError';
}

/** Returns the format of a file by its first byte, because a shell redirection may have given it any name. */
async function findFormat(file: string): Promise<'ndjson' | 'csv'> {
  const opened = await open(file);
  try {
    const { bytesRead, buffer } = await opened.read(Buffer.alloc(1), 0, 1, 0);
    return bytesRead > 0 && buffer.toString() !== '{' ? 'csv' : 'ndjson';
  } finally {
    await opened.close();
  }
}

function formatSummary({ receipts, chains, lateChains, branches }: ReceiptVerifier['summary']): string {
  return [
    `${receipts} receipts in ${chains} chains: every hash fits`,
    ...(lateChains ? [`${lateChains} of the chains do not begin with their first receipt`] : []),
    ...(branches ? [`${branches} receipts follow an earlier one: their workflow was reset`] : []),
  ].join('\n');
}
