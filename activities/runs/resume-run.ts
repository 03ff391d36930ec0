import { Context } from '@temporalio/activity';
import { isIdempotencyCode } from '../../contract/failures';
import { isTerminalStatus } from '../../contract/runs';
import { type DuvoClient, DuvoError, type RunView } from '../../duvo';
import { cancellationSignal, idempotencyKey, runHttpAttempt } from '../http-attempt';
import { readRunView, toRunReadPolicy } from './run-snapshot';

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
 * read before every repetition, so that a Duvo that ignores keys does not receive the message twice. A read counts only
 * when it shows something that happened after the end: a replica that lags shows the run as running before its end.
 *
 * @throws ApplicationFailure `Duvo.Conflict` when Duvo refuses the message and the run does not continue
 */
export async function resumeRun(
  client: DuvoClient,
  { runId, text, key, end, faultTimeoutMs }: ResumeRunInput,
): Promise<void> {
  const read = toRunReadPolicy(faultTimeoutMs);
  const hasContinued = async () => isAfterEnd(await readRunView(client, runId, cancellationSignal()), end);
  await runHttpAttempt(
    async () => {
      if (Context.current().info.attempt > 1 && (await hasContinued())) return;
      try {
        await client.runs.postMessage(runId, text, { idempotencyKey: idempotencyKey(key, ['runs.postMessage', text]) });
      } catch (error) {
        if (!(error instanceof DuvoError)) throw error;
        // Duvo accepted the message, but its response cannot be read. The watch shows whether the run continues.
        if (error.kind === 'contract-violation') return;
        const isUndecided = error.kind === 'conflict' && !isIdempotencyCode(error.code);
        if (isUndecided && (await hasContinued())) return;
        throw error;
      }
    },
    { conflictMayBeInFlight: true, conflictTimeoutMs: MAX_REFUSED_MS, read, undecided: read },
  );
}

/** Whether a read shows the run after its end, and neither that end nor a time before it. */
function isAfterEnd({ run, pendingRequest }: RunView, end: ResumeRunInput['end']): boolean {
  if (!run) return false;
  const { status, startedAt, completedAt, updatedAt } = run;
  const endedAt = (isTerminalStatus(status) ? (completedAt ?? updatedAt) : undefined) ?? '';
  if (status === end.status && endedAt === end.endedAt) return false;
  const times = [startedAt, completedAt, updatedAt, pendingRequest?.createdAt].map((time) => Date.parse(time ?? ''));
  const latest = Math.max(...times.filter(Number.isFinite));
  // Without a time, a run that differs from its end counts as one that has continued.
  return !(latest <= Date.parse(end.endedAt));
}
