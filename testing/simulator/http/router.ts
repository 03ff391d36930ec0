import { OPERATIONS } from '../operations/index';
import type { Dialect } from '../shared/vocabulary';
import type { OperationDescription } from '../operations/operation';

export interface Route {
  operation: OperationDescription;
  dialect: Dialect;
  ids: Record<string, string>;
}

interface RoutePattern {
  method: string;
  parts: string[];
  dialect: Dialect;
  operation: OperationDescription;
}

const ROUTE_PATTERNS: RoutePattern[] = OPERATIONS.flatMap((operation) =>
  (['v1', 'v2', 'other'] as const).flatMap((where) => {
    const described = operation[where];
    if (described === undefined) return [];
    const [method = '', path = ''] = described.split(' ');
    return [{ method, parts: path.split('/'), dialect: where === 'v2' ? 'v2' : 'v1', operation }];
  }),
);

const PATTERNS_BY_LENGTH = new Map<number, RoutePattern[]>();
for (const pattern of ROUTE_PATTERNS) {
  const { length } = pattern.parts;
  PATTERNS_BY_LENGTH.set(length, [...(PATTERNS_BY_LENGTH.get(length) ?? []), pattern]);
}

/** Returns the operation of a path; 404 for an unknown path; 405 for a known path with another method. */
export function findRoute(method: string, path: string): Route | 404 | 405 {
  const segments = path.split('/');
  let isKnownPath = false;
  for (const pattern of PATTERNS_BY_LENGTH.get(segments.length) ?? []) {
    const ids = matchPath(pattern.parts, segments);
    if (!ids) continue;
    isKnownPath = true;
    if (pattern.method === method) return { operation: pattern.operation, dialect: pattern.dialect, ids };
  }
  return isKnownPath ? 405 : 404;
}

/** Returns the methods that a known path supports, for the header `Allow`. */
export function allowedMethods(path: string): string[] {
  const segments = path.split('/');
  const patterns = (PATTERNS_BY_LENGTH.get(segments.length) ?? []).filter(({ parts }) => matchPath(parts, segments));
  return [...new Set(patterns.map(({ method }) => method))];
}

/** Returns the dialect of a path; an unknown path has the dialect v1. */
export function dialectOf(path: string): Dialect {
  return path.startsWith('/v2/') ? 'v2' : 'v1';
}

function matchPath(pattern: string[], segments: string[]): Record<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined;
  const ids: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    const part = segments[index] ?? '';
    if (!expected.startsWith(':')) {
      if (part !== expected) return undefined;
    } else if (part === '') return undefined;
    else {
      const id = tryDecode(part);
      if (id === undefined) return undefined;
      ids[expected.slice(1)] = id;
    }
  }
  return ids;
}

function tryDecode(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
