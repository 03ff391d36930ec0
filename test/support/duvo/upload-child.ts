import { DuvoClient } from '../../../duvo';

/** Uploads one file and prints by how much the process's peak memory grew, in MiB. */
async function main({ BASE_URL, FILE = '' } = process.env): Promise<void> {
  const client = new DuvoClient({ apiKey: 'dv_test', baseUrl: BASE_URL, dialect: 'v2', teamId: 't' });
  const peakMiB = () => process.resourceUsage().maxRSS / 1024;
  const before = peakMiB();
  await client.sandboxes.uploadFile({ sandboxId: 's', file: FILE }, { idempotencyKey: 'k' });
  process.send?.({ grownMiB: peakMiB() - before });
  await client.close();
  process.disconnect();
}

void main();
