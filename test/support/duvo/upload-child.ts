import { DuvoClient } from '../../../duvo';

/** Uploads one file, and reports the growth of its peak memory in MiB. */
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
