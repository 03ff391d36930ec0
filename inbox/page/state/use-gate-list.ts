import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { GateListResponse } from '../../api-types';
import { type ApiError, fetchGates } from '../api';
import type { Connection } from './use-events';

export interface GateListState {
  /** The list as it was loaded last; absent before the first time. */
  list?: GateListResponse;
  /** Why the last request failed. */
  error?: ApiError;
  reload: () => void;
}

/** Time after the last key until a search is sent. */
const SEARCH_DELAY_MS = 150;

const RETRY_MS = 3_000;

/** Loads the open gates that fit the filters, again after each change of the filters or of the gates. */
export function useGateList(query: string, { revision }: Connection): GateListState {
  const [state, setState] = useState<Omit<GateListState, 'reload'>>({});
  const [reloads, setReloads] = useState(0);
  const isFirst = useRef(true);
  useEffect(() => {
    const abort = new AbortController();
    const load = async () => {
      try {
        const list = await fetchGates(query, abort.signal);
        setState({ list });
      } catch (error) {
        if (abort.signal.aborted) return;
        setState(({ list }) => ({ list, error: error as ApiError }));
        timer = setTimeout(() => void load(), RETRY_MS);
      }
    };
    let timer = setTimeout(() => void load(), isFirst.current ? 0 : SEARCH_DELAY_MS);
    isFirst.current = false;
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [query, revision, reloads]);
  const reload = useCallback(() => setReloads((count) => count + 1), []);
  return { ...state, reload };
}
