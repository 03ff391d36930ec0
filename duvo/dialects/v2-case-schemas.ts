/** Queues and cases of dialect `v2`. The rules for these schemas are in `v2-schemas.ts`. */
import { z } from 'zod';
import { anyObject, flag, id, nullable, number, text } from './v2-schema-parts';

export const queue = z.looseObject({
  id,
  name: text,
  description: nullable(text),
  folder_id: nullable(text),
  created_at: text,
  has_approvals: flag,
});

export const caseSchema = z.looseObject({
  id,
  queue_id: text,
  title: text,
  data: text,
  status: text,
  priority: text,
  display_status: text,
  claimed_at: nullable(text),
  claimed_by_run_id: nullable(text),
  completed_at: nullable(text),
  postponed_to: nullable(text),
  created_at: text,
  updated_at: text,
  created_by_user_id: nullable(text),
  created_by_user_name: nullable(text),
  created_by_user_email: nullable(text),
  agent_run_status: nullable(text),
  agent_run_user_id: nullable(text),
  pending_human_request_id: nullable(text),
  pending_approval_batch_id: nullable(text),
  pending_approval_assignee_user_ids: z.array(text),
  approval_approved_count: number,
  approval_rejected_count: number,
  labels: z.array(z.looseObject({ id: text, key: text, value: text, color_hue: number })),
});

export const caseEvent = z.looseObject({
  id,
  case_queue_item_id: text,
  agent_run_id: nullable(text),
  human_request_id: nullable(text),
  type: text,
  reason: nullable(text),
  created_at: text,
  agent_id: nullable(text),
  agent_name: nullable(text),
  user_id: nullable(text),
  user_name: nullable(text),
  user_email: nullable(text),
  human_request_title: nullable(text),
});

export const approvalBatch = z.looseObject({
  id,
  case_queue_item_id: text,
  agent_run_id: text,
  title: text,
  created_at: text,
  resolved_at: nullable(text),
  cancelled_at: nullable(text),
  cancellation_reason: nullable(text),
  rows: z.array(anyObject),
});

export const caseRun = z.looseObject({
  id,
  case_queue_item_id: text,
  agent_id: text,
  agent_name: text,
  status: text,
  source: nullable(text),
  created_at: text,
  started_at: nullable(text),
  completed_at: nullable(text),
  claimed_at: text,
  has_pending_human_request: flag,
  pending_human_request_title: nullable(text),
  evaluation: anyObject,
  user_id: nullable(text),
  user_name: nullable(text),
  user_email: nullable(text),
});
