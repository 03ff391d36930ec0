import { type Command, Option } from 'commander';
import { type ConnectionFlags, addConnectionFlags, withDuvoWorkflows } from '../connection';
import { addExamples } from '../flags/examples';
import { parseSince } from '../flags/list-flags';
import { formatCsvRow } from '../terminal/csv-row';
import type { Output } from '../terminal/output';
import { formatReceiptRow, RECEIPT_COLUMNS } from './receipt-rows';

interface Flags extends ConnectionFlags {
  since?: Date;
  until?: Date;
  format: 'ndjson' | 'csv';
}

export function addExport(gates: Command, output: Output): void {
  const time = (flag: string, what: string) =>
    new Option(`${flag} <time>`, `${what}: an age such as 24h, or ISO 8601 with an offset`).argParser((text: string) =>
      parseSince(text, flag),
    );
  const command = addConnectionFlags(gates.command('export'))
    .description('write the receipts of all decisions, of open and closed workflows within retention, to stdout')
    .addOption(time('--since', 'only decisions since then'))
    .addOption(time('--until', 'only decisions before then'))
    .addOption(new Option('--format <format>', 'format of the rows').choices(['ndjson', 'csv']).default('ndjson'))
    .action((flags: Flags) => withDuvoWorkflows(flags, ({ gates: client }) => writeReceipts(client, flags, output)));
  addExamples(command, 'gate export --since 90d > receipts.ndjson', 'gate export --format csv > receipts.csv');
}

async function writeReceipts(
  client: Parameters<Parameters<typeof withDuvoWorkflows>[1]>[0]['gates'],
  { since, until, format, json }: Flags,
  output: Output,
): Promise<void> {
  const isCsv = format === 'csv' && !json;
  let rows = 0;
  if (isCsv) output.print(formatCsvRow([...RECEIPT_COLUMNS], false));
  for await (const receipt of client.receipts({ since, until })) {
    output.print(isCsv ? formatReceiptRow(receipt) : JSON.stringify(receipt));
    await output.drained?.();
    rows++;
  }
  output.note(`${rows} receipts`);
}
