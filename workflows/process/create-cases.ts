import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow';
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
 * at most 900 KB; the calls are made one after another.
 *
 * @throws ActivityFailure when Duvo refuses a call finally. When cases of earlier calls exist, the function throws an
 * `ApplicationFailure` of the same type instead, whose first detail has `mayHaveHappened` and `created`: how many cases
 * of the input exist, from its first one on.
 */
export async function createCases(
  queueId: string,
  cases: readonly NewCase[],
  options?: ResourceOptions,
): Promise<CreatedCases> {
  const duvo = duvoActivities(options);
  const created: CreatedCases = [];
  for (const chunk of splitIntoChunks(cases)) {
    try {
      created.push(...(await duvo.createCases({ queueId, cases: chunk })));
    } catch (error) {
      throw created.length > 0 ? withCreated(error, created.length) : error;
    }
  }
  return created;
}

/** Adds to the failure of a call how many cases the calls before it have created. */
function withCreated(error: unknown, created: number): unknown {
  if (!(error instanceof ActivityFailure) || !(error.cause instanceof ApplicationFailure)) return error;
  const { message, type, details } = error.cause;
  const [call, ...others] = details ?? [];
  return ApplicationFailure.create({
    message: `${message}; the first ${created} cases exist`,
    type: type ?? undefined,
    nonRetryable: true,
    details: [{ ...(call as object | undefined), mayHaveHappened: true, created }, ...others],
    cause: error,
  });
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
