import type { DuvoActivities } from '../../activities';
import { duvoActivities, type ResourceOptions } from './resource-activities';

type NewCase = Parameters<DuvoActivities['createCases']>[0]['cases'][number];
type CreatedCases = Awaited<ReturnType<DuvoActivities['createCases']>>;

/** Duvo accepts at most this number of cases in one call. */
const MAX_CASES_PER_CALL = 100;
/** Less than the Duvo client's limit of 1 MiB for a request. */
const MAX_CALL_BYTES = 900_000;

/**
 * Creates any number of cases and returns them in the order of the input. Each call creates at most 100 cases and sends
 * at most 900 KB; the calls are made one after another. When Duvo refuses a call finally, the function fails; the cases
 * of the earlier calls exist then.
 */
export async function createCases(
  queueId: string,
  cases: readonly NewCase[],
  options?: ResourceOptions,
): Promise<CreatedCases> {
  const duvo = duvoActivities(options);
  const created: CreatedCases = [];
  for (const chunk of splitIntoChunks(cases)) created.push(...(await duvo.createCases({ queueId, cases: chunk })));
  return created;
}

function splitIntoChunks(cases: readonly NewCase[]): NewCase[][] {
  const chunks: NewCase[][] = [];
  let bytesLeft = 0;
  for (const one of cases) {
    const bytes = new TextEncoder().encode(JSON.stringify(one)).length + 1;
    const last = chunks.at(-1);
    if (last && last.length < MAX_CASES_PER_CALL && bytes <= bytesLeft) last.push(one);
    else {
      chunks.push([one]);
      bytesLeft = MAX_CALL_BYTES;
    }
    bytesLeft -= bytes;
  }
  return chunks;
}
