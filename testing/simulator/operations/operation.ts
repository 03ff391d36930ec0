import type { z } from 'zod';
import type { RequestContext } from './request-context';
import type { Workspace } from '../resources/workspace';
import type { OperationName, Dialect, Scope } from '../shared/vocabulary';

type DialectSchema<T> = z.ZodType<T> | Record<Dialect, z.ZodType<T>>;

interface TypedOperationDescription<Body, Query> {
  name: OperationName;
  /** The name that the published document gives it, and its tool in the hosted MCP. */
  operationId?: string;
  /** Where a dialect has it: `METHOD /path/:parameter`. Where it has none, the path is a 404. */
  v1?: string;
  v2?: string;
  /** A path that belongs to no dialect. */
  other?: string;
  /** What a token must be allowed; the facts name none for some. */
  scope?: Scope;
  /** Whether it changes something. */
  isMutation?: boolean;
  /** What the Idempotency-Key of a mutation is. @default 'required' */
  keyRequirement?: 'required' | 'optional' | 'none';
  /** Who may call it. @default 'bearer' */
  access?: 'bearer' | 'open';
  /** @default 'json' for a mutation, else 'nothing' */
  bodyType?: 'nothing' | 'json' | 'form' | 'multipart' | 'bytes';
  body?: DialectSchema<Body>;
  query?: DialectSchema<Query>;
  /** @default 200 */
  status?: number | Record<Dialect, number>;
  /** Commits or refuses. @returns the answer's body */
  perform(workspace: Workspace, call: RequestContext<Body, Query>): unknown;
}

export type OperationDescription = TypedOperationDescription<unknown, unknown>;

/** Describes an operation: everything that the simulator knows of it. */
export function defineOperation<Body = undefined, Query = undefined>(
  description: TypedOperationDescription<Body, Query>,
): OperationDescription {
  return description;
}

export function forDialect<T extends object | number>(
  value: T | Record<Dialect, T> | undefined,
  dialect: Dialect,
): T | undefined {
  if (typeof value === 'object' && 'v1' in value) return value[dialect];
  return value;
}
