import { OPERATIONS } from '../description';
import type { Dialect, OperationDescription } from '../description/operation';

export interface Route {
  operation: OperationDescription;
  dialect: Dialect;
  ids: Record<string, string>;
}

interface Pattern {
  method: string;
  parts: string[];
  dialect: Dialect;
  operation: OperationDescription;
}

const PATTERNS: Pattern[] = OPERATIONS.flatMap((operation) =>
  (['v1', 'v2', 'other'] as const).flatMap((where) => {
    const described = operation[where];
    if (described === undefined) return [];
    const [method = '', path = ''] = described.split(' ');
    return [{ method, parts: path.split('/'), dialect: where === 'v2' ? 'v2' : 'v1', operation }];
  }),
);

const BY_LENGTH = new Map<number, Pattern[]>();
for (const pattern of PATTERNS) {
  const { length } = pattern.parts;
  BY_LENGTH.set(length, [...(BY_LENGTH.get(length) ?? []), pattern]);
}

/** The operation of a path; 404 and 405 as the service gives them. */
export function routeOf(method: string, path: string): Route | 404 | 405 {
  const parts = path.split('/');
  let known = false;
  for (const pattern of BY_LENGTH.get(parts.length) ?? []) {
    const ids = match(pattern.parts, parts);
    if (!ids) continue;
    known = true;
    if (pattern.method === method) return { operation: pattern.operation, dialect: pattern.dialect, ids };
  }
  return known ? 405 : 404;
}

/** The dialect in which a path that is not known is refused. */
export function dialectOf(path: string): Dialect {
  return path.startsWith('/v2/') ? 'v2' : 'v1';
}

function match(pattern: string[], parts: string[]): Record<string, string> | undefined {
  if (pattern.length !== parts.length) return undefined;
  const ids: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    const part = parts[index] ?? '';
    if (!expected.startsWith(':')) {
      if (part !== expected) return undefined;
    } else if (part === '') return undefined;
    else {
      const id = decoded(part);
      if (id === undefined) return undefined;
      ids[expected.slice(1)] = id;
    }
  }
  return ids;
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
