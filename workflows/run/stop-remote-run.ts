import { sleep } from '@temporalio/workflow';
import type { RunLook } from '../../activities';
import type { CancelVerdict } from '../../contract/run-contract';
import { duvoCall } from '../process/duvo-activities';
import { hasGivenUp } from './remote-run';
import { applicationCause } from './run-failures';
import { isTerminal } from './run-machine';

export interface StopOptions {
  taskQueue: string;
  runId: string;
  /** Names the stop; every try of it has a key of its own, since Duvo ignores a stop while the run is not running. */
  key: string;
  observe: (look: RunLook) => void;
  /** An approval was denied for nobody, so that the run can be stopped. */
  withdrawn: (requestId: string) => void;
}

/** Times between looks, in milliseconds: about two minutes of looking, after Duvo has answered. */
const PAUSES = [0, 0, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000, 60_000];

/** How long each call is tried while Duvo cannot be reached, in milliseconds. */
const PATIENCE = 3_600_000;

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
  observe,
  withdrawn,
}: StopOptions): Promise<CancelVerdict> {
  const call = (what: string) => duvoCall({ taskQueue, summary: `${what} run ${runId}`, giveUpAfterMs: PATIENCE });
  const look = async () => {
    const seen = await call('look at').getRun({ runId });
    observe(seen);
    return seen;
  };
  try {
    let seen = await look();
    if (isTerminal(seen.status)) return 'already-finished';
    for (const [attempt, pause] of PAUSES.entries()) {
      if (pause > 0) await sleep(pause);
      const { request } = seen;
      if (
        attempt > 0 &&
        request?.type === 'approval' &&
        (await withdraw(call('withdraw the approval of'), runId, request.id, key))
      ) {
        withdrawn(request.id);
      }
      await call('stop').stopRun({ runId, key: `${key}/${attempt}` });
      seen = await look();
      if (isTerminal(seen.status)) return seen.status === 'canceled' ? 'confirmed' : 'already-finished';
    }
    return 'unconfirmed';
  } catch (error) {
    if (applicationCause(error) || hasGivenUp(error)) return 'unconfirmed';
    throw error;
  }
}

/** @returns whether it was our denial that Duvo took */
async function withdraw(
  call: ReturnType<typeof duvoCall>,
  runId: string,
  requestId: string,
  key: string,
): Promise<boolean> {
  try {
    const answer = { approved: false };
    return (await call.respondToHumanRequest({ runId, requestId, answer, key: `${key}/withdraw` })) === 'delivered';
  } catch (error) {
    // Refused, since somebody answered it or it is gone: the look that follows tells.
    if (!applicationCause(error)) throw error;
    return false;
  }
}
