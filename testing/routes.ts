import type { Operation } from './ledger';

export interface Route {
  operation: Operation;
  runId?: string;
  requestId?: string;
  isMutation: boolean;
}

/** The route of a path in dialect v1; 404 and 405 as the service gives them. */
export function routeOf(method: string, path: string): Route | 404 | 405 {
  const parts = path.split('/');
  if (parts[1] !== 'v1' || parts[2] !== 'runs') return 404;
  const runId = parts[3] === undefined ? undefined : decodeURIComponent(parts[3]);
  const pick = (methods: Record<string, Operation>, requestId?: string): Route | 405 => {
    const operation = methods[method];
    return operation ? { operation, runId, requestId, isMutation: method !== 'GET' } : 405;
  };
  if (parts.length === 3) return pick({ POST: 'start', GET: 'list' });
  if (parts.length === 4) return pick({ GET: 'get' });
  if (parts.length === 5 && parts[4] === 'messages') return pick({ GET: 'messages', POST: 'post-message' });
  if (parts.length === 5 && parts[4] === 'stop') return pick({ POST: 'stop' });
  if (parts.length === 7 && parts[4] === 'human-requests' && parts[6] === 'respond') {
    return pick({ POST: 'respond' }, decodeURIComponent(parts[5] ?? ''));
  }
  return 404;
}
