import type { Case, CaseLabel, NewCase, Queue } from '../model';
import { isObject, type JsonObject } from '../model/operation';
import { toOptionalString } from './parse-wire';

export function toQueue(wire: JsonObject & { id: string; name: string }): Queue {
  const { id, name, description, created_at, ...unknownFields } = wire;
  return {
    id,
    name,
    description: toOptionalString(description),
    createdAt: toOptionalString(created_at),
    unknownFields,
  };
}

export function toCase(wire: JsonObject & { id: string; title: string; status: string }): Case {
  const { id, queue_id, title, data, status, display_status, priority, labels, ...rest } = wire;
  const { claimed_by_run_id, pending_human_request_id, postponed_to, ...more } = rest;
  const { created_at, updated_at, claimed_at, completed_at, ...unknownFields } = more;
  return {
    id,
    queueId: toOptionalString(queue_id),
    title,
    data: toOptionalString(data),
    status,
    displayStatus: toOptionalString(display_status),
    priority: toOptionalString(priority),
    labels: (Array.isArray(labels) ? labels : []).flatMap(toLabel),
    claimedByRunId: toOptionalString(claimed_by_run_id),
    pendingHumanRequestId: toOptionalString(pending_human_request_id),
    postponedTo: toOptionalString(postponed_to),
    createdAt: toOptionalString(created_at),
    updatedAt: toOptionalString(updated_at),
    claimedAt: toOptionalString(claimed_at),
    completedAt: toOptionalString(completed_at),
    unknownFields,
  };
}

function toLabel(wire: unknown): Case['labels'] {
  if (!isObject(wire) || typeof wire['value'] !== 'string') return [];
  const { id, key, value, ...unknownFields } = wire;
  return [{ id: toOptionalString(id), key: toOptionalString(key), value, unknownFields }];
}

/** Copies the known fields only, so that no other property of a caller's object is sent. */
export function toCaseBody({ title, data, labels, priority }: NewCase): JsonObject {
  return {
    title,
    data,
    labels: labels?.map(({ key, value }: CaseLabel) => ({ key, value })),
    priority,
  };
}
