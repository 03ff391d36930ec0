import type { DuvoActivities } from '../../activities';
import { duvoActivities, type ResourceOptions } from './resource-activities';

type NewCase = Parameters<DuvoActivities['createCases']>[0]['cases'][number];
type CreatedCases = Awaited<ReturnType<DuvoActivities['createCases']>>;

/** Duvo takes so many at once. */
const MAX_CASES_PER_CALL = 100;
/** Below the client's limit of 1 MiB for a request. In bytes of JSON. */
const MAX_CALL_BYTES = 900_000;

/**
 * Creates any number of cases, in calls of at most 100 and 900 KB, one after another, and gives them in the order of the
 * input. A call that is refused for good ends it: the cases of the calls before it are there.
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
