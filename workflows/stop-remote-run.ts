import { sleep } from '@temporalio/workflow';
import type { RunLook } from '../activities';
import type { CancelVerdict } from './contract';
import { duvoCall } from './duvo-activities';
import { applicationCause } from './run-failures';
import { isTerminal } from './run-machine';

export interface StopOptions {
  taskQueue: string;
  runId: string;
  /** Names the stop; every try of it has a key of its own, since Duvo ignores a stop while the run is not running. */
  key: string;
  observe: (look: RunLook) => void;
}

/** Times between looks, in milliseconds: about two minutes of looking, after Duvo has answered. */
const PAUSES = [0, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000, 60_000];

/** How long each call is tried while Duvo cannot be reached, in milliseconds. */
const PATIENCE = 3_600_000;

/**
 * Stops a Duvo run and looks until it has ended. Duvo's `stop` does nothing while a run waits on a person (Duvo API,
 * endpoints: stop a run), so an approval that is pending is denied first: whoever stops the run does not want what it
 * asks for. A question cannot be answered for a person; a run that keeps waiting on one is `unconfirmed`.
 */
export async function stopRemoteRun({ taskQueue, runId, key, observe }: StopOptions): Promise<CancelVerdict> {
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
      if (seen.request?.type === 'approval')
        await withdraw(call('withdraw the approval of'), runId, seen.request.id, key);
      await call('stop').stopRun({ runId, key: `${key}/${attempt}` });
      seen = await look();
      if (isTerminal(seen.status)) return seen.status === 'canceled' ? 'confirmed' : 'already-finished';
    }
    return 'unconfirmed';
  } catch (error) {
    if (applicationCause(error) || isTimeout(error)) return 'unconfirmed';
    throw error;
  }
}

async function withdraw(
  call: ReturnType<typeof duvoCall>,
  runId: string,
  requestId: string,
  key: string,
): Promise<void> {
  try {
    await call.respondToHumanRequest({ runId, requestId, answer: { approved: false }, key: `${key}/withdraw` });
  } catch (error) {
    // Refused, since somebody answered it or it is gone: the look that follows tells.
    if (!applicationCause(error)) throw error;
  }
}

/** A call that gave up after its patience. */
function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === 'ActivityFailure';
}
