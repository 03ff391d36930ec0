import type { DuvoClient } from '../../duvo';
import type { RunSnapshot } from '../runs/run-snapshot';
import { StartedRunFinder } from './search/find-started-run';
import { StartAttempt } from './start-attempt';
import { StartClaims } from './search/start-claims';
import type { StartRunInput } from './search/start-run-input';

export interface StartOptions {
  /** How the platform shows the message of a start as the run's first message. @default '{message}' */
  firstMessageFormat?: string;
}

/**
 * Makes the activity that starts a run exactly once. When an earlier attempt may have reached Duvo without a response,
 * the attempt searches for its run before it sends the start again, since Duvo may ignore the idempotency key.
 */
export function createStartActivities(client: DuvoClient, { firstMessageFormat }: StartOptions = {}) {
  const claims = new StartClaims();
  const finder = new StartedRunFinder(client, claims, firstMessageFormat);
  return {
    async startRun(input: StartRunInput): Promise<RunSnapshot> {
      return new StartAttempt({ client, claims, finder, firstMessageFormat }, input).run();
    },
  };
}
