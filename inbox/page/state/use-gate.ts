import { useCallback, useEffect, useState } from 'preact/hooks';
import type { Gate } from '../../../contract/gates/gates';
import type { GateResponse } from '../../api-types';
import { ApiError, fetchGate, type PageAnswer, sendAnswer } from '../api';

/** What became of the person's answer. */
export type AnswerState =
  | { kind: 'none' }
  | { kind: 'sending' }
  | { kind: 'delivered'; counted?: { approvals: number; needed: number } }
  | { kind: 'late' }
  | { kind: 'stale' }
  | { kind: 'refused'; message: string };

export interface GateState {
  /** The gate as the person sees it; absent until it is loaded. */
  shown?: GateResponse;
  /** The gate as it is now, when it has another request than the one that is shown. */
  newer?: GateResponse;
  error?: ApiError;
  answer: AnswerState;
}

export interface GateActions {
  submit: (answer: Omit<PageAnswer, 'requestHash'>) => Promise<void>;
  showNewer: () => void;
  reload: () => void;
}

const START: GateState = { answer: { kind: 'none' } };

/**
 * Loads a gate, again after each change of its row in the list.
 *
 * @param rowVersion changes with the row
 */
export function useGate(ref: string, rowVersion: string): [GateState, GateActions] {
  const [state, setState] = useState(START);
  const [reloads, setReloads] = useState(0);
  useEffect(() => setState(START), [ref]);
  useEffect(() => {
    let isCurrent = true;
    fetchGate(ref).then(
      (gate) => isCurrent && setState((known) => withLoaded(known, gate)),
      (error: ApiError) => isCurrent && setState((known) => ({ ...known, error })),
    );
    return () => {
      isCurrent = false;
    };
  }, [ref, rowVersion, reloads]);

  const submit = async (answer: Omit<PageAnswer, 'requestHash'>) => {
    const requestHash = state.shown?.gate.requestHash;
    setState((known) => ({ ...known, answer: { kind: 'sending' } }));
    const result = await sendAnswer(ref, { ...answer, requestHash }).catch((error: ApiError) => error);
    setState((known) => (known.shown?.gate.ref === ref ? withResult(known, result) : known));
  };
  const showNewer = () => setState(({ newer, shown }) => ({ shown: newer ?? shown, answer: { kind: 'none' } }));
  const reload = useCallback(() => setReloads((count) => count + 1), []);
  return [state, { submit, showNewer, reload }];
}

/** An open request with other texts does not replace what the person reads: the person decides when. */
function withLoaded({ shown, answer }: GateState, loaded: GateResponse): GateState {
  const isOther = shown && loaded.gate.status === 'open' && loaded.gate.requestHash !== shown.gate.requestHash;
  return isOther ? { shown, newer: loaded, answer } : { shown: loaded, answer };
}

function withResult(known: GateState, result: ApiError | Awaited<ReturnType<typeof sendAnswer>>): GateState {
  if (!(result instanceof ApiError)) {
    const { verdict, gate, mayAnswer = false } = result;
    const { status, approvals, needed } = verdict;
    const counted = status === 'open' && needed !== undefined ? { approvals: approvals ?? 0, needed } : undefined;
    const shown = gate ? { gate, mayAnswer } : known.shown && { ...known.shown, mayAnswer: false };
    return { shown, answer: { kind: 'delivered', counted } };
  }
  const { type, message, gate } = result;
  if (type === 'Duvo.GateClosed') return { ...known, ...(gate && { shown: closed(gate) }), answer: { kind: 'late' } };
  if (type === 'Duvo.AnswerStale' && gate)
    return { ...known, newer: { gate, mayAnswer: true }, answer: { kind: 'stale' } };
  return { ...known, answer: { kind: 'refused', message } };
}

function closed(gate: Gate): GateResponse {
  return { gate, mayAnswer: false };
}
