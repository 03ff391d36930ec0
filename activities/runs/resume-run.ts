import { Context } from '@temporalio/activity';
import { isIdempotencyCode } from '../../contract/failures';
import { type DuvoClient, DuvoError } from '../../duvo';
import { cancellationSignal, idempotencyKey, runHttpAttempt } from '../http-attempt';
import { readRunSnapshot, toRunReadPolicy } from './run-snapshot';

export interface ResumeRunInput {
  runId: string;
  /** The message that resumes the run. */
  text: string;
  key: string;
  /** The end from which the run is resumed; `endedAt` is '' when Duvo returned no time for it. */
  end: { status: string; endedAt: string };
  /** How long the reads are retried while Duvo's answers say nothing about the run, in milliseconds. */
  faultTimeoutMs: number;
}

/** How long a refused message is repeated. Duvo may show for a moment that a run has ended which is running again. */
const MAX_REFUSED_MS = 60_000;

/**
 * Sends a message that resumes a run which has ended. A 409 has two meanings: the run is running, because an earlier
 * attempt arrived or somebody else resumed it, or the run cannot be resumed. What Duvo shows decides. The run is also
 * read before every repetition, so that a Duvo that ignores keys does not receive the message twice.
 *
 * @throws ApplicationFailure `Duvo.Conflict` when Duvo refuses the message and the run does not continue
 */
export async function resumeRun(
  client: DuvoClient,
  { runId, text, key, end, faultTimeoutMs }: ResumeRunInput,
): Promise<void> {
  const read = toRunReadPolicy(faultTimeoutMs);
  const isRunning = async () => {
    const { status, endedAt = '' } = await readRunSnapshot(client, runId, cancellationSignal());
    return status !== end.status || endedAt !== end.endedAt;
  };
  await runHttpAttempt(
    async () => {
      if (Context.current().info.attempt > 1 && (await isRunning())) return;
      try {
        await client.runs.postMessage(runId, text, { idempotencyKey: idempotencyKey(key, ['runs.postMessage', text]) });
      } catch (error) {
        if (!(error instanceof DuvoError)) throw error;
        // Duvo accepted the message, but its response cannot be read. The watch shows whether the run continues.
        if (error.kind === 'contract-violation') return;
        const isUndecided = error.kind === 'conflict' && !isIdempotencyCode(error.code);
        if (isUndecided && (await isRunning())) return;
        throw error;
      }
    },
    { conflictMayBeInFlight: true, conflictTimeoutMs: MAX_REFUSED_MS, read, undecided: read },
  );
}
