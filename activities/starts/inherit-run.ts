import { isTerminalStatus } from '../../contract/runs';
import { type DuvoClient, DuvoError } from '../../duvo';
import { isTransient } from '../fault-history';
import { cancellationSignal } from '../http-attempt';
import { readRunSnapshot, type RunSnapshot } from '../runs/run-snapshot';
import { type AttemptState, nowMs } from './attempt-state';
import { findFormerStart } from './former/find-former-start';
import type { StartClaims } from './search/start-claims';
import { undecidedFailure } from './start-failures';

/** A run counts as gone when Duvo has answered so long that it does not know the run. */
const MIN_GONE_MS = 60_000;
/** How long other answers are retried that say nothing about the run. */
const MAX_UNREADABLE_MS = 3_600_000;
const READ_RETRY_DELAY_MS = 20_000;

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
  const snapshot = await readFormerRun(state, client, runId);
  if (!snapshot || (isTerminalStatus(snapshot.status) && snapshot.status !== 'completed')) {
    state.update({ former: { ...former, run: undefined } });
    return undefined;
  }
  claims.claim(runId, state.requestKey);
  return { ...snapshot, origin: isSameStart ? 'adopted' : 'attached' };
}

/** Returns `undefined` when the run is gone. @throws while it is not known what became of the run */
async function readFormerRun(state: AttemptState, client: DuvoClient, runId: string): Promise<RunSnapshot | undefined> {
  try {
    return await readRunSnapshot(client, runId, cancellationSignal());
  } catch (error) {
    if (!(error instanceof DuvoError) || isTransient(error)) throw error;
    const isGone = error.kind === 'not-found' && error.hasErrorBody === true;
    const { formerFault: last } = state.details;
    const formerFault = last && last.isGone === isGone ? last : { isGone, sinceMs: nowMs() };
    state.update({ formerFault });
    if (nowMs() - formerFault.sinceMs < (isGone ? MIN_GONE_MS : MAX_UNREADABLE_MS))
      throw undecidedFailure(`the run ${runId} of the former workflow: ${error.message}`, READ_RETRY_DELAY_MS);
    if (!isGone) throw error;
    return undefined;
  }
}
