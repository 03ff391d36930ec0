import { sleep } from '@temporalio/workflow';
import type { RunSnapshot } from '../../activities';
import type { CancelOutcome } from '../../contract/runs';
import { proxyDuvoCall } from '../process/activity-proxies';
import { applicationCause, isCallTimeout } from './run-failures';

export interface StopRunOptions {
  taskQueue: string;
  runId: string;
  /** How long each poll is retried while Duvo's answers say nothing about the run, in milliseconds. */
  faultTimeoutMs: number;
  /** Names the stop. Each attempt has a key of its own, because Duvo ignores a stop while the run is not running. */
  key: string;
  onPoll: (snapshot: RunSnapshot) => void;
  /** Whether a poll shows the end of the run. Duvo may still show an end from which a message has resumed the run. */
  isEnd: (snapshot: RunSnapshot) => boolean;
  /** Called after a pending approval was denied, so that the run can be stopped. */
  onApprovalWithdrawn: (requestId: string) => void;
}

/** Times before the attempts of a stop: about two minutes in all, not counting the time that Duvo takes to respond. */
const STOP_RETRY_DELAYS_MS = [0, 0, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000, 60_000];

/** How long each call is retried while Duvo cannot be reached. */
const STOP_CALL_TIMEOUT_MS = 3_600_000;

/**
 * Stops a Duvo run and polls until it has ended. Duvo's `stop` does nothing while a run waits for a person (Duvo API,
 * endpoints: stop a run). If the first stop did nothing, a pending approval is denied before the next one, because
 * whoever stops the run does not want what the run requests. A question cannot be answered for a person, so a run that
 * keeps waiting for an answer is `unconfirmed`.
 */
export async function stopRemoteRun(options: StopRunOptions): Promise<CancelOutcome> {
  const { taskQueue, runId, faultTimeoutMs, key, onPoll, isEnd, onApprovalWithdrawn } = options;
  const activities = (summary: string) =>
    proxyDuvoCall({ taskQueue, summary: `${summary} run ${runId}`, timeoutMs: STOP_CALL_TIMEOUT_MS });
  const poll = async () => {
    const snapshot = await activities('poll').getRun({ runId, faultTimeoutMs });
    onPoll(snapshot);
    return snapshot;
  };
  try {
    let snapshot = await poll();
    if (isEnd(snapshot)) return 'already-finished';
    for (const [attempt, delayMs] of STOP_RETRY_DELAYS_MS.entries()) {
      if (delayMs > 0) await sleep(delayMs);
      const { request } = snapshot;
      if (attempt > 0 && request?.type === 'approval') {
        const isDenied = await denyPendingApproval(activities('withdraw the approval of'), runId, request.id, key);
        if (isDenied) onApprovalWithdrawn(request.id);
      }
      await activities('stop').stopRun({ runId, key: `${key}/${attempt}` });
      snapshot = await poll();
      if (isEnd(snapshot)) return snapshot.status === 'canceled' ? 'confirmed' : 'already-finished';
    }
    return 'unconfirmed';
  } catch (error) {
    if (applicationCause(error) || isCallTimeout(error)) return 'unconfirmed';
    throw error;
  }
}

/** @returns whether Duvo accepted the denial */
async function denyPendingApproval(
  activities: ReturnType<typeof proxyDuvoCall>,
  runId: string,
  requestId: string,
  key: string,
): Promise<boolean> {
  const answer = { approved: false };
  try {
    const verdict = await activities.respondToHumanRequest({ runId, requestId, answer, key: `${key}/withdraw` });
    return verdict === 'delivered';
  } catch (error) {
    // Duvo refused the denial, because somebody has answered or the request is gone. The next poll shows which.
    if (!applicationCause(error)) throw error;
    return false;
  }
}
