import { z } from 'zod';
import type { Dialect } from '../shared/vocabulary';
import { type OperationDescription, forDialect } from '../operations/operation';
import { NOT_SIMULATED } from '../operations/query-fields';
import { DIALECT_WRITERS } from '../dialects';
import type { FaultEffect } from '../faults/fault-injector';
import type { LedgerEntry } from '../shared/ledger';
import { type HttpResponse, Refusal } from '../shared/refusal';
import type { Workspace } from '../resources/workspace';

/** A request to a known operation whose caller has been authorized. */
export interface AuthorizedRequest {
  operation: OperationDescription;
  dialect: Dialect;
  ids: Record<string, string>;
  body: unknown;
  query: Record<string, string>;
  entry: LedgerEntry;
  fault?: FaultEffect;
  origin: string;
  authorization?: string;
}

const noQuerySchema = z.strictObject({});

/** Validates a request against its operation's schemas, then performs the operation. @throws Refusal */
export async function performOperation(workspace: Workspace, request: AuthorizedRequest): Promise<HttpResponse> {
  const { operation, dialect, ids, entry, fault, origin, authorization } = request;
  if (ids['team_id'] !== undefined && ids['team_id'] !== workspace.teamId) throw new Refusal(404, 'team_not_found');
  const body = parseWithSchema(schemaFor(operation.body, dialect), request.body);
  const query = parseWithSchema(schemaFor(operation.query ?? noQuerySchema, dialect), request.query);
  const call = { ids, body, query, dialect, write: DIALECT_WRITERS[dialect], entry, fault, origin, authorization };
  const responseBody = await operation.perform(workspace, call);
  return { status: forDialect(operation.status, dialect) ?? 200, body: responseBody };
}

function schemaFor(schema: OperationDescription['body'], dialect: Dialect): z.ZodType | undefined {
  if (schema === undefined) return undefined;
  return 'safeParse' in schema ? schema : schema[dialect];
}

function parseWithSchema(schema: z.ZodType | undefined, value: unknown): unknown {
  if (!schema) return value;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const details = parsed.error.issues.flatMap(toDetails);
  const isNotSimulated = details.some(({ code }) => code === NOT_SIMULATED);
  throw new Refusal(422, isNotSimulated ? NOT_SIMULATED : 'validation_failed', details);
}

/** Names each wrong field. The path of an unknown field or of a wrong variant is that of its parent. */
function toDetails(issue: z.core.$ZodIssue): { field: string; code: string }[] {
  const at = (path: PropertyKey[]) => [...issue.path, ...path].map(String).join('.') || 'body';
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => ({ field: at([key]), code: issue.code }));
  if (issue.code === 'custom') return [{ field: at([]), code: issue.message }];
  return [{ field: at([]), code: issue.code }];
}
