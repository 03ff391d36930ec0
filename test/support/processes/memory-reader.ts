/** Reads the items of the source in SOURCE in a separate process, and reports their number and the peak memory. */
import { readItems } from '../../../items/read-items';

async function main(): Promise<void> {
  let items = 0;
  let most = 0;
  for await (const _item of readItems(process.env.SOURCE ?? '')) {
    if (++items % 1_000 === 0) most = Math.max(most, process.memoryUsage().heapUsed + process.memoryUsage().external);
  }
  process.send?.({ items, mostMiB: most / 1024 / 1024 });
}

void main().then(() => process.disconnect());
