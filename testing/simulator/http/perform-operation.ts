import type { z } from 'zod';
import type { Dialect } from '../shared/vocabulary';
import type { OperationDescription } from '../operations/operation';
import { forDialect } from '../operations/operation';
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

/** Validates a request against its operation's schemas, then performs the operation. @throws Refusal */
export async function performOperation(workspace: Workspace, request: AuthorizedRequest): Promise<HttpResponse> {
  const { operation, dialect, ids, entry, fault, origin, authorization } = request;
  if (ids['team_id'] !== undefined && ids['team_id'] !== workspace.teamId) throw new Refusal(404, 'team_not_found');
  const body = parseWithSchema(schemaFor(operation.body, dialect), request.body);
  const query = parseWithSchema(schemaFor(operation.query, dialect), request.query);
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
  const details = parsed.error.issues.map(({ path, code }) => ({ field: path.join('.') || 'body', code }));
  throw new Refusal(422, 'validation_failed', details);
}
