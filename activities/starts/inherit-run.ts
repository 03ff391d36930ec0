import { isTerminalStatus, RUN_GONE } from '../../contract/runs';
import type { DuvoClient } from '../../duvo';
import { cancellationSignal } from '../http-attempt';
import { readRunSnapshot, type RunSnapshot } from '../runs/run-snapshot';
import { type AttemptState, nowMs } from './attempt-state';
import { findFormerStart } from './former/find-former-start';
import type { StartClaims } from './search/start-claims';
import { undecidedFailure } from './start-failures';

/** A run counts as gone when Duvo has not known it for so long: a single 404 may come from a router. */
const MIN_GONE_MS = 60_000;
const GONE_RETRY_DELAY_MS = 20_000;

/** Returns the run that a former workflow of the same id left open, if there is one. */
export async function inheritRun(
  state: AttemptState,
  { client, claims }: { client: DuvoClient; claims: StartClaims },
): Promise<RunSnapshot | undefined> {
  const former = (state.details.former ??= await findFormerStart(state.startKey, state.content, state.formerHint));
  state.startKey = former.start?.key ?? state.startKey;
  if (former.run || former.start) state.update({ former });
  if (!former.run) return undefined;
  const { runId, isSameStart } = former.run;
  const snapshot = await readRunSnapshot(client, runId, cancellationSignal());
  if (snapshot.status === RUN_GONE) checkGone(state, runId);
  if (isTerminalStatus(snapshot.status) && snapshot.status !== 'completed') {
    state.update({ former: { ...former, run: undefined } });
    return undefined;
  }
  claims.claim(runId, state.requestKey);
  return { ...snapshot, origin: isSameStart ? 'adopted' : 'attached' };
}

/** @throws until Duvo has not known the run for a while */
function checkGone(state: AttemptState, runId: string): void {
  const goneSinceMs = state.details.goneSinceMs ?? nowMs();
  state.update({ goneSinceMs });
  if (nowMs() - goneSinceMs < MIN_GONE_MS)
    throw undecidedFailure(`Duvo does not know run ${runId} of the former workflow`, GONE_RETRY_DELAY_MS);
}
