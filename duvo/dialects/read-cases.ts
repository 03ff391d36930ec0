import type { Case, CaseLabel, NewCase, Queue } from '../model';
import type { JsonObject } from '../operation';
import { isObject, optionalText } from './read';

export function toQueue(wire: JsonObject & { id: string; name: string }): Queue {
  const { id, name, description, created_at, ...other } = wire;
  return { id, name, description: optionalText(description), createdAt: optionalText(created_at), other };
}

export function toCase(wire: JsonObject & { id: string; title: string; status: string }): Case {
  const { id, queue_id, title, data, status, display_status, priority, labels, ...rest } = wire;
  const { claimed_by_run_id, pending_human_request_id, postponed_to, ...more } = rest;
  const { created_at, updated_at, claimed_at, completed_at, ...other } = more;
  return {
    id,
    queueId: optionalText(queue_id),
    title,
    data: optionalText(data),
    status,
    displayStatus: optionalText(display_status),
    priority: optionalText(priority),
    labels: (Array.isArray(labels) ? labels : []).flatMap(toLabel),
    claimedByRunId: optionalText(claimed_by_run_id),
    pendingHumanRequestId: optionalText(pending_human_request_id),
    postponedTo: optionalText(postponed_to),
    createdAt: optionalText(created_at),
    updatedAt: optionalText(updated_at),
    claimedAt: optionalText(claimed_at),
    completedAt: optionalText(completed_at),
    other,
  };
}

function toLabel(wire: unknown): Case['labels'] {
  if (!isObject(wire) || typeof wire['value'] !== 'string') return [];
  const { id, key, value, ...other } = wire;
  return [{ id: optionalText(id), key: optionalText(key), value: value, other }];
}

/** Only what is known of a case is sent. */
export function caseBody({ title, data, labels, priority }: NewCase): JsonObject {
  return {
    title,
    data,
    labels: labels?.map(({ key, value }: CaseLabel) => ({ key, value })),
    priority,
  };
}
