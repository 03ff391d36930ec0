import { sleep } from '@temporalio/workflow';
import type { RunSnapshot } from '../../activities';
import { isTerminalStatus, type CancelOutcome } from '../../contract/runs';
import { proxyDuvoCall } from '../process/activity-proxies';
import { isCallTimeout } from './remote-run';
import { applicationCause } from './run-failures';
import {} from './run-machine';

export interface StopRunOptions {
  taskQueue: string;
  runId: string;
  /** Names the stop; every try of it has a key of its own, since Duvo ignores a stop while the run is not running. */
  key: string;
  onPoll: (look: RunSnapshot) => void;
  /** An approval was denied for nobody, so that the run can be stopped. */
  onApprovalWithdrawn: (requestId: string) => void;
}

/** Times between looks, in milliseconds: about two minutes of looking, after Duvo has answered. */
const STOP_RETRY_DELAYS_MS = [0, 0, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000, 60_000];

/** How long each call is tried while Duvo cannot be reached, in milliseconds. */
const STOP_CALL_TIMEOUT_MS = 3_600_000;

/**
 * Stops a Duvo run and looks until it has ended. Duvo's `stop` does nothing while a run waits on a person (Duvo API,
 * endpoints: stop a run). If it did nothing, an approval that is pending is denied before the next try: whoever stops
 * the run does not want what it asks for. A question cannot be answered for a person; a run that keeps waiting on one
 * is `unconfirmed`.
 */
export async function stopRemoteRun({
  taskQueue,
  runId,
  key,
  onPoll,
  onApprovalWithdrawn,
}: StopRunOptions): Promise<CancelOutcome> {
  const activities = (what: string) =>
    proxyDuvoCall({ taskQueue, summary: `${what} run ${runId}`, giveUpAfterMs: STOP_CALL_TIMEOUT_MS });
  const poll = async () => {
    const seen = await activities('look at').getRun({ runId });
    onPoll(seen);
    return seen;
  };
  try {
    let seen = await poll();
    if (isTerminalStatus(seen.status)) return 'already-finished';
    for (const [attempt, pause] of STOP_RETRY_DELAYS_MS.entries()) {
      if (pause > 0) await sleep(pause);
      const { request } = seen;
      if (
        attempt > 0 &&
        request?.type === 'approval' &&
        (await denyPendingApproval(activities('withdraw the approval of'), runId, request.id, key))
      ) {
        onApprovalWithdrawn(request.id);
      }
      await activities('stop').stopRun({ runId, key: `${key}/${attempt}` });
      seen = await poll();
      if (isTerminalStatus(seen.status)) return seen.status === 'canceled' ? 'confirmed' : 'already-finished';
    }
    return 'unconfirmed';
  } catch (error) {
    if (applicationCause(error) || isCallTimeout(error)) return 'unconfirmed';
    throw error;
  }
}

/** @returns whether it was our denial that Duvo took */
async function denyPendingApproval(
  activities: ReturnType<typeof proxyDuvoCall>,
  runId: string,
  requestId: string,
  key: string,
): Promise<boolean> {
  try {
    const answer = { approved: false };
    return (
      (await activities.respondToHumanRequest({ runId, requestId, answer, key: `${key}/withdraw` })) === 'delivered'
    );
  } catch (error) {
    // Refused, since somebody answered it or it is gone: the look that follows tells.
    if (!applicationCause(error)) throw error;
    return false;
  }
}
