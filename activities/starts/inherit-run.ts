import { Context } from '@temporalio/activity';
import { isTerminalStatus } from '../../contract/runs';
import { type DuvoClient, DuvoError } from '../../duvo';
import { attemptTimeMs } from '../activity-clock';
import { toFaultHistory } from '../to-failure';
import { decideRead } from '../fault-history';
import { cancellationSignal, readFaults } from '../http-attempt';
import { readRunSnapshot, type RunSnapshot } from '../runs/run-snapshot';
import type { AttemptState } from './attempt-state';
import { findFormerStart, type FormerStart, TooManyExecutionsError } from './former/find-former-start';
import { UndecodableStartError } from './former/read-sent-start';
import type { StartClaims } from './search/start-claims';
import { tooManyExecutionsFailure, undecodableFailure } from './start-failures';

/** A remote codec may be unavailable for a moment, whereas a key that the worker lacks stays missing. */
const MAX_DECODE_ATTEMPTS = 5;

/** Returns the run that a former workflow of the same id left open, if there is one. */
export async function inheritRun(
  state: AttemptState,
  { client, claims }: { client: DuvoClient; claims: StartClaims },
): Promise<RunSnapshot | undefined> {
  const former = (state.details.former ??= await findDecodableStart(state));
  state.startKey = former.start?.key ?? state.startKey;
  if (former.run || former.start) state.update({ former });
  if (!former.run) return undefined;
  const { runId, isSameStart } = former.run;
  const snapshot = await readFormerRun(state, client, runId);
  if (!snapshot || (isTerminalStatus(snapshot.status) && snapshot.status !== 'completed')) {
    // A search for this start's run must not take the ended run for it: both may have the same message.
    state.update({ former: { ...former, run: undefined }, excluded: [...(state.details.excluded ?? []), runId] });
    return undefined;
  }
  claims.claim(runId, state.requestKey);
  return { ...snapshot, origin: isSameStart ? 'adopted' : 'attached' };
}

/**
 * @throws ApplicationFailure `Duvo.StartAmbiguous` when a former start cannot be decoded in several attempts, or when too many
 * executions decide nothing
 */
async function findDecodableStart({ startKey, content, formerHint }: AttemptState): Promise<FormerStart> {
  try {
    return await findFormerStart(startKey, content, formerHint);
  } catch (error) {
    if (error instanceof TooManyExecutionsError) throw tooManyExecutionsFailure(error, startKey);
    const isFinal = Context.current().info.attempt >= MAX_DECODE_ATTEMPTS;
    throw isFinal && error instanceof UndecodableStartError ? undecodableFailure(startKey) : error;
  }
}

/** Returns `undefined` when the run is gone. @throws DuvoError while no response shows the state of the run */
async function readFormerRun(state: AttemptState, client: DuvoClient, runId: string): Promise<RunSnapshot | undefined> {
  try {
    return await readRunSnapshot(client, runId, cancellationSignal());
  } catch (error) {
    if (!(error instanceof DuvoError)) throw error;
    const faults = toFaultHistory(error, readFaults());
    if (decideRead(error, faults, state.read, attemptTimeMs()) === 'gone') return undefined;
    throw error;
  }
}
