import { useCallback, useEffect, useState } from 'preact/hooks';

/** What the address of the page says: the filters of the list, and the gate that is open. */
export interface Route {
  ref?: string;
  q: string;
  process: string;
  agent: string;
  mine: boolean;
}

export type Navigate = (change: Partial<Route>, options?: { replace?: boolean }) => void;

const GATE_PATH = '/gates/';

/** Returns the route, and the function that changes it. Each change is an entry of the browser's history, unless it replaces one. */
export function useRoute(): [Route, Navigate] {
  const [route, setRoute] = useState(readRoute);
  useEffect(() => {
    const onPopState = () => setRoute(readRoute());
    addEventListener('popstate', onPopState);
    return () => removeEventListener('popstate', onPopState);
  }, []);
  const navigate = useCallback<Navigate>((change, { replace = false } = {}) => {
    const next = { ...readRoute(), ...change };
    history[replace ? 'replaceState' : 'pushState'](null, '', formatRoute(next));
    setRoute(next);
  }, []);
  return [route, navigate];
}

export function formatRoute({ ref, ...filters }: Route): string {
  return `${ref === undefined ? '/' : GATE_PATH + encodeURIComponent(ref)}${formatFilters(filters)}`;
}

/** Returns the filters as a query, such as `?q=invoice&mine=1`; an empty text without filters. */
export function formatFilters({ q, process, agent, mine }: Omit<Route, 'ref'>): string {
  const set = Object.entries({ q, process, agent, mine: mine ? '1' : '' }).filter(([, value]) => value !== '');
  return set.length === 0 ? '' : `?${new URLSearchParams(set).toString()}`;
}

function readRoute(): Route {
  const query = new URLSearchParams(location.search);
  const read = (name: string) => query.get(name) ?? '';
  const ref = location.pathname.startsWith(GATE_PATH) ? decode(location.pathname.slice(GATE_PATH.length)) : undefined;
  return { ref, q: read('q'), process: read('process'), agent: read('agent'), mine: read('mine') === '1' };
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
