import type { DuvoActivities } from '../../activities';
import { duvoActivities, type ResourceOptions } from './resources';

type NewCase = Parameters<DuvoActivities['createCases']>[0]['cases'][number];
type Cases = Awaited<ReturnType<DuvoActivities['createCases']>>;

/** Duvo takes so many at once. */
const MOST_CASES = 100;
/** Below the client's limit of 1 MiB for a request. In bytes of JSON. */
const MOST_BYTES = 900_000;

/**
 * Creates any number of cases, in calls of at most 100 and 900 KB, one after another, and gives them in the order of the
 * input. A call that is refused for good ends it: the cases of the calls before it are there.
 */
export async function createCases(
  queueId: string,
  cases: readonly NewCase[],
  options?: ResourceOptions,
): Promise<Cases> {
  const duvo = duvoActivities(options);
  const created: Cases = [];
  for (const chunk of chunksOf(cases)) created.push(...(await duvo.createCases({ queueId, cases: chunk })));
  return created;
}

function chunksOf(cases: readonly NewCase[]): NewCase[][] {
  const chunks: NewCase[][] = [];
  let room = 0;
  for (const one of cases) {
    const bytes = new TextEncoder().encode(JSON.stringify(one)).length + 1;
    const last = chunks.at(-1);
    if (last && last.length < MOST_CASES && bytes <= room) last.push(one);
    else {
      chunks.push([one]);
      room = MOST_BYTES;
    }
    room -= bytes;
  }
  return chunks;
}
