import { type DuvoClient, DuvoError } from '../../duvo';
import { isTransient } from '../fault-history';
import { idempotencyKey, runHttpAttempt } from '../http-attempt';
import { toFailure } from '../to-failure';
import { toRunReadPolicy } from './run-snapshot';

export interface StopRunInput {
  runId: string;
  key: string;
}

/**
 * Requests that Duvo stops the run. The result does not say whether the run stopped: a run that waits for a person
 * ignores the request.
 */
export async function stopRun(client: DuvoClient, { runId, key }: StopRunInput): Promise<void> {
  await runHttpAttempt(
    async () => {
      try {
        await client.runs.stop(runId, { idempotencyKey: idempotencyKey(key, runId) });
      } catch (error) {
        if (!(error instanceof DuvoError)) throw error;
        // The run has ended or is gone, or the response says nothing, as the page of a proxy: the poll that follows shows the
        // run's state, and the workflow repeats the stop, for about two minutes, while the run goes on.
        if (['conflict', 'not-found'].includes(error.kind)) return;
        if (error.reached === 'maybe' && !isTransient(error)) return;
        // Another attempt is made with a credential that works. Any other refusal of a stop is final.
        throw error.kind === 'unauthorized' ? error : toFailure(error);
      }
    },
    { undecided: toRunReadPolicy() },
  );
}
