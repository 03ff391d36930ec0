import { inspect } from 'node:util';
import { MockActivityEnvironment } from '@temporalio/testing';

/** The failure of an activity attempt, by shape. */
export interface AttemptFailure {
  type?: string;
  nonRetryable?: boolean;
  nextRetryDelay?: number;
  category?: string;
  message: string;
  details?: unknown[];
}

export type AttemptInfo = ConstructorParameters<typeof MockActivityEnvironment>[0];

/** Runs one attempt of an activity and returns the failure that the attempt ends with. */
export async function failureOfAttempt(
  activity: () => Promise<unknown>,
  info: AttemptInfo = {},
): Promise<AttemptFailure> {
  try {
    const value = await new MockActivityEnvironment(info).run(activity);
    throw new Error(`it succeeded: ${inspect(value)}`);
  } catch (error) {
    return error as AttemptFailure;
  }
}

/** Runs one attempt, and returns its result or failure and the heartbeat details that it leaves for the next attempt. */
export async function recordAttempt<T>(activity: () => Promise<T>, info: AttemptInfo = {}, allDetails: unknown[] = []) {
  const now = Date.now();
  const times = { scheduledTimestampMs: now, currentAttemptScheduledTimestampMs: now };
  const environment = new MockActivityEnvironment({ ...times, ...info });
  let lastDetails: object | undefined;
  environment.on('heartbeat', (details) => {
    lastDetails = structuredClone(details) as object;
    allDetails.push(lastDetails);
  });
  const [snapshot, failure] = await environment.run<[], T, () => Promise<T>>(activity).then(
    (value) => [value, undefined] as const,
    (error: unknown) => [undefined, error as AttemptFailure] as const,
  );
  return { snapshot, failure, lastDetails };
}
