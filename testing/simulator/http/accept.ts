import type { z } from 'zod';
import type { Dialect, OperationDescription } from '../description/operation';
import { inDialect } from '../description/operation';
import { v1 } from '../dialects/v1';
import { v2 } from '../dialects/v2';
import type { Writer } from '../dialects/writer';
import type { FaultKind } from '../faults';
import type { LedgerEntry } from '../ledger';
import { type Answer, Refusal } from '../refusal';
import type { World } from '../resources/world';

export const WRITERS: Record<Dialect, Writer> = { v1, v2 };

/** One request to an operation that is known, by somebody who may make it. */
export interface Accepted {
  operation: OperationDescription;
  dialect: Dialect;
  ids: Record<string, string>;
  body: unknown;
  query: Record<string, string>;
  entry: LedgerEntry;
  fault?: FaultKind;
  origin: string;
  authorization?: string;
}

/** Checks a request against its description, and does it. @throws Refusal */
export async function accept(world: World, request: Accepted): Promise<Answer> {
  const { operation, dialect, ids, entry, fault, origin, authorization } = request;
  if (ids['team_id'] !== undefined && ids['team_id'] !== world.teamId) throw new Refusal(404, 'team_not_found');
  const body = parse(schemaOf(operation.body, dialect), request.body);
  const query = parse(schemaOf(operation.query, dialect), request.query);
  const call = { ids, body, query, dialect, write: WRITERS[dialect], entry, fault, origin, authorization };
  const answer = await operation.perform(world, call);
  return { status: inDialect(operation.status, dialect) ?? 200, body: answer };
}

function schemaOf(schema: OperationDescription['body'], dialect: Dialect): z.ZodType | undefined {
  if (schema === undefined) return undefined;
  return 'safeParse' in schema ? schema : schema[dialect];
}

function parse(schema: z.ZodType | undefined, value: unknown): unknown {
  if (!schema) return value;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const details = parsed.error.issues.map(({ path, code }) => ({ field: path.join('.'), code }));
  throw new Refusal(422, 'validation_failed', details);
}
