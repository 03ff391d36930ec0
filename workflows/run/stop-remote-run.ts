import { condition, sleep, workflowInfo } from '@temporalio/workflow';
import type { RunSnapshot } from '../../activities';
import { type CancelOutcome, isTerminalStatus, QUEUED_STATUSES } from '../../contract/runs';
import { proxyDuvoCall } from '../process/activity-proxies';
import { DueTimer } from '../timers/due-timer';
import type { LiveRun } from './live-run';
import { applicationCause, isCallTimeout, mayHaveTakenEffect } from './run-failures';
import type { RunMemory } from './run-machine';
import { isPreviousEnd } from './state/previous-end';

/** How long the poll before the first stop is retried. When it fails, the stop is sent without it. */
const POLL_BEFORE_STOP_TIMEOUT_MS = 10_000;

/** Times before the further stops: about two minutes in all, not counting the time that Duvo takes to respond. */
const STOP_RETRY_DELAYS_MS = [0, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000, 60_000];

/** How long a stop without a response is retried before a poll, which may show that the stop has arrived. */
const STOP_CALL_TIMEOUT_MS = 60_000;

/** How long the workflow waits, since its first stop, for a run to leave the statuses in which Duvo ignores a stop. */
const MAX_STOP_WAIT_MS = 24 * 3_600_000;

/** Statuses in which Duvo ignores a stop, and which a run leaves when its turn comes or when somebody attends to it. */
const WAITED_FOR_STATUSES: readonly string[] = [...QUEUED_STATUSES, 'needs_attention'];

/** What the caller of a stop decides and learns meanwhile. */
export interface StopHooks {
  /** Called after the poll before the first stop, which may show that the reason of the stop is gone. @default needed */
  isStopNeeded?: () => boolean;
  /** Called after a pending approval was denied; `isConfirmed` is false when the denial may have arrived or not. */
  onApprovalDenied: (requestId: string, isConfirmed: boolean) => void;
}

/**
 * Stops a Duvo run and polls until it has ended. A stop is sent also when the run cannot be read; the outcome needs a poll
 * after it.
 *
 * Duvo's `stop` does nothing unless the run is running (Duvo API, endpoints: stop a run). While a run is queued or needs
 * attention, the stop is repeated when the status has changed. If a run waits for the approval of a person, the approval
 * is denied before the next stop, because whoever stops the run does not want what the run requests. A question cannot be
 * answered for a person, so a run that keeps waiting for an answer is `unconfirmed`.
 *
 * @returns `undefined` without a stop, when the poll before the first stop shows that no stop is needed
 */
export async function stopRemoteRun(
  run: LiveRun,
  { isStopNeeded = () => true, onApprovalDenied }: StopHooks,
): Promise<CancelOutcome | undefined> {
  const { memory } = run;
  const sinceMs = Date.now();
  const setStopping = (wait?: { waitsWhile: string; until: string }): void => {
    memory.stopping = { since: new Date(sinceMs).toISOString(), ...wait };
    run.updateVisibility();
  };
  setStopping();
  let waitTimer: DueTimer | undefined;
  try {
    let snapshot = await pollBeforeStop(run);
    if (snapshot && hasEnded(run, snapshot)) return 'already-finished';
    if (!isStopNeeded()) return undefined;
    const delays = STOP_RETRY_DELAYS_MS.values();
    let refusedDenials = 0;
    for (let attempt = 0; ; attempt++) {
      if (attempt > 0 && snapshot?.request?.type === 'approval') {
        const denial = await denyApproval(run, snapshot.request.id, refusedDenials);
        if (denial === 'refused') refusedDenials++;
        else onApprovalDenied(snapshot.request.id, denial === 'delivered');
      }
      const isRefused = await sendStop(run, attempt);
      snapshot = await pollUntilChanged(run);
      if (snapshot && WAITED_FOR_STATUSES.includes(snapshot.status)) {
        const untilMs = sinceMs + MAX_STOP_WAIT_MS;
        setStopping({ waitsWhile: snapshot.status, until: new Date(untilMs).toISOString() });
        const { status, request } = snapshot;
        waitTimer ??= new DueTimer(untilMs);
        snapshot = await pollUntilChanged(run, { status, ...(request && { requestId: request.id }) }, waitTimer);
        setStopping();
        if (!snapshot) return 'unconfirmed';
        if (!hasEnded(run, snapshot)) continue;
      }
      if (snapshot && hasEnded(run, snapshot)) return snapshot.status === 'canceled' ? 'confirmed' : 'already-finished';
      const { value: delayMs } = delays.next();
      if (isRefused || delayMs === undefined) return 'unconfirmed';
      if (delayMs > 0) await sleep(delayMs);
    }
  } catch (error) {
    if (isCallFailure(error)) return 'unconfirmed';
    throw error;
  } finally {
    run.watch.cancel();
    waitTimer?.cancel();
    delete memory.stopping;
  }
}

/** Duvo may still show an end from which a message has resumed the run. */
function hasEnded({ memory }: LiveRun, snapshot: RunSnapshot): boolean {
  return isTerminalStatus(snapshot.status) && !isPreviousEnd(memory, snapshot);
}

function isCallFailure(error: unknown): boolean {
  return applicationCause(error) !== undefined || isCallTimeout(error);
}

function callActivity(run: LiveRun, summary: string, timeoutMs: number): ReturnType<typeof proxyDuvoCall> {
  const { taskQueue, runId } = run.calls.callTarget();
  return proxyDuvoCall({ taskQueue, summary: `${summary} run ${runId}`, timeoutMs });
}

async function pollBeforeStop(run: LiveRun): Promise<RunSnapshot | undefined> {
  const { runId, faultTimeoutMs } = run.calls.callTarget();
  try {
    const snapshot = await callActivity(run, 'poll', POLL_BEFORE_STOP_TIMEOUT_MS).getRun({ runId, faultTimeoutMs });
    run.applyPolledRun(snapshot);
    return snapshot;
  } catch (error) {
    if (isCallFailure(error)) return undefined;
    throw error;
  }
}

/**
 * Sends a stop. Each attempt has a key of its own, because Duvo may ignore it.
 *
 * @returns whether Duvo refused it. Without a response, the stop may have arrived.
 */
async function sendStop(run: LiveRun, attempt: number): Promise<boolean> {
  const { runId } = run.calls.callTarget();
  const key = `${run.calls.idempotencyKey('stop')}/${attempt}`;
  try {
    await callActivity(run, 'stop', STOP_CALL_TIMEOUT_MS).stopRun({ runId, key });
    return false;
  } catch (error) {
    if (isCallTimeout(error)) return false;
    if (applicationCause(error)) return true;
    throw error;
  }
}

/**
 * Denies an approval. After `refused`, somebody else has answered, or the request is gone: the next poll shows which. A
 * denial after a refused one has another key, because Duvo may replay the response of a key.
 */
async function denyApproval(
  run: LiveRun,
  requestId: string,
  refusedDenials: number,
): Promise<'delivered' | 'unconfirmed' | 'refused'> {
  const { runId, faultTimeoutMs } = run.calls.callTarget();
  const key = `${run.calls.idempotencyKey('stop')}/withdraw/${refusedDenials}`;
  const answer = { approved: false };
  const activities = callActivity(run, 'withdraw the approval of', STOP_CALL_TIMEOUT_MS);
  try {
    const { confirmReadMs } = run.plan;
    const delivery = { runId, requestId, answer, key, faultTimeoutMs, confirmReadMs };
    const verdict = await activities.respondToHumanRequest(delivery);
    if (verdict === 'delivered') return 'delivered';
    return verdict === 'unconfirmed' || verdict === 'answered-unconfirmed' ? 'unconfirmed' : 'refused';
  } catch (error) {
    if (isCallTimeout(error)) return 'unconfirmed';
    const failure = applicationCause(error);
    if (failure) return mayHaveTakenEffect(failure) ? 'unconfirmed' : 'refused';
    throw error;
  }
}

/**
 * Polls the run until Duvo returns its state. With `lastSeen`, polls until the run differs from that state. A hint, or a
 * message that requests a poll, ends that wait with the state of the run.
 *
 * @returns `undefined` when the timer of the wait has fired
 * @throws the failure of a run that cannot be read
 */
async function pollUntilChanged(
  run: LiveRun,
  lastSeen?: RunMemory['lastSeen'],
  waitTimer?: DueTimer,
): Promise<RunSnapshot | undefined> {
  const { watch, messages, memory } = run;
  let pollNumber: number | undefined;
  const startPoll = () => {
    pollNumber = messages.pollsRequested;
    watch.poll();
  };
  // Each poll adds to the history, and the workflow cannot continue as new during a stop.
  const isHinted = () => memory.isHinted === true && !workflowInfo().continueAsNewSuggested;
  const isPollRequested = () => isHinted() || messages.isPollRequested();
  if (!lastSeen) startPoll();
  const isWaitOver = () => waitTimer?.hasFired === true;
  while (!isWaitOver()) {
    watch.ensureStarted(lastSeen);
    const wasRequested = isPollRequested();
    const pollTimer = wasRequested ? watch.startPollTimer() : undefined;
    const isPollAllowed = () => pollTimer?.hasFired === true;
    await condition(() => watch.hasResult || isPollRequested() !== wasRequested || isPollAllowed() || isWaitOver());
    pollTimer?.cancel();
    if (watch.hasResult) {
      const result = watch.takeResult();
      const { change } = result;
      run.applyWatched(result);
      if (pollNumber !== undefined) messages.markPolled(pollNumber);
      if (!('faults' in change)) return change;
      run.updateVisibility();
    } else if (isPollAllowed() && !isWaitOver()) startPoll();
  }
  return undefined;
}
