import type { DuvoClient } from '../../duvo';
import { cancellationSignal, runHttpAttempt } from '../http-attempt';
import { unchangedFailure } from '../to-failure';
import { nextPollDelayMs } from './next-poll-delay';

/** Waits until a case is completed or failed. Each attempt is one poll. */
export async function awaitCase(client: DuvoClient, { caseId }: { caseId: string }): Promise<{ status: string }> {
  const minDelayMs = nextPollDelayMs();
  const { case: found } = await runHttpAttempt(() => client.cases.get(caseId, { signal: cancellationSignal() }), {
    minDelayMs,
  });
  if (found.status === 'completed' || found.status === 'failed') return { status: found.status };
  throw unchangedFailure(`case ${caseId}`, found.displayStatus ?? found.status, minDelayMs);
}
