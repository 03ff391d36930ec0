import type { z } from 'zod';
import type { Writer } from '../dialects/writer';
import type { FaultKind } from '../faults';
import type { LedgerEntry } from '../ledger';
import type { World } from '../resources/world';

export const OPERATION_NAMES = [
  'start',
  'get',
  'list',
  'messages',
  'post-message',
  'respond',
  'stop',
  'create-agent',
  'get-agent',
  'list-agents',
  'agent-schedules',
  'list-queues',
  'get-queue',
  'create-cases',
  'get-case',
  'list-cases',
  'case-runs',
  'create-sandbox',
  'upload-file',
  'create-upload-url',
  'put-upload',
  'list-files',
  'mcp',
  'token',
  'metadata',
] as const;
export type Operation = (typeof OPERATION_NAMES)[number];

export type Dialect = 'v1' | 'v2';

export const SCOPES = [
  'runs:read',
  'runs:write',
  'queues:write',
  'approvals:write',
  'files:read',
  'sandboxes:write',
  'webhooks:manage',
  'mcp:call',
] as const;
export type Scope = (typeof SCOPES)[number];

/** One request, accepted so far. */
export interface Call<Body = unknown, Query = unknown> {
  /** What the path names. */
  ids: Record<string, string>;
  body: Body;
  query: Query;
  dialect: Dialect;
  write: Writer;
  entry: LedgerEntry;
  fault?: FaultKind;
  /** Where the simulator is. */
  origin: string;
  /** Of a token request. */
  authorization?: string;
}

type Schema<T> = z.ZodType<T> | Record<Dialect, z.ZodType<T>>;

interface Described<Body, Query> {
  name: Operation;
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
  key?: 'required' | 'optional' | 'none';
  /** Who may call it. @default 'bearer' */
  access?: 'bearer' | 'open';
  /** @default 'json' for a mutation, else 'nothing' */
  takes?: 'nothing' | 'json' | 'form' | 'multipart' | 'bytes';
  body?: Schema<Body>;
  query?: Schema<Query>;
  /** @default 200 */
  status?: number | Record<Dialect, number>;
  /** Commits or refuses. @returns the answer's body */
  perform(world: World, call: Call<Body, Query>): unknown;
}

export type OperationDescription = Described<unknown, unknown>;

/** Describes an operation: everything that the simulator knows of it. */
export function operation<Body = undefined, Query = undefined>(
  described: Described<Body, Query>,
): OperationDescription {
  return described;
}

export function inDialect<T extends object | number>(
  given: T | Record<Dialect, T> | undefined,
  dialect: Dialect,
): T | undefined {
  if (typeof given === 'object' && 'v1' in given) return given[dialect];
  return given;
}
