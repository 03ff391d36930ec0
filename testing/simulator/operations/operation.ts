import type { z } from 'zod';
import type { RequestContext } from './request-context';
import type { Workspace } from '../resources/workspace';
import type { OperationName, Dialect, Scope } from '../shared/vocabulary';

type DialectSchema<T> = z.ZodType<T> | Record<Dialect, z.ZodType<T>>;

interface TypedOperationDescription<Body, Query> {
  name: OperationName;
  /** The operationId of the published document, which is also the tool's name in the hosted MCP server. */
  operationId?: string;
  /** Route in dialect v1, as `METHOD /path/:parameter`. Absent when v1 does not have the operation. */
  v1?: string;
  /** Route in dialect v2. */
  v2?: string;
  /** Route outside both dialects. */
  other?: string;
  /** Scope that the caller needs. Absent where the API's documents name none. */
  scope?: Scope;
  /** Whether the operation changes state. */
  isMutation?: boolean;
  /** Whether a mutation needs an Idempotency-Key header. @default 'required' */
  keyRequirement?: 'required' | 'optional' | 'none';
  /** Whether the caller needs a bearer token. @default 'bearer' */
  access?: 'bearer' | 'open';
  /** Format of the request body. @default 'json' for a mutation, else 'nothing' */
  bodyType?: 'nothing' | 'json' | 'form' | 'multipart' | 'bytes';
  body?: DialectSchema<Body>;
  query?: DialectSchema<Query>;
  /** Status of a successful response. @default 200 */
  status?: number | Record<Dialect, number>;
  /** Performs the operation. @returns the response body @throws Refusal */
  perform(workspace: Workspace, call: RequestContext<Body, Query>): unknown;
}

export type OperationDescription = TypedOperationDescription<unknown, unknown>;

/** Defines an operation, and infers the types of its body and query from the schemas. */
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
