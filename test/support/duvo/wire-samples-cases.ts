/** Response bodies of queues and cases in the shape of the published API document, each with the model that the client returns. */

export const queue = {
  id: 'q1',
  name: 'Invoices',
  description: 'All of them',
  folder_id: null,
  created_at: '2026-01-01T00:00:00Z',
  has_approvals: true,
};

export const parsedQueue = {
  id: 'q1',
  name: 'Invoices',
  description: 'All of them',
  createdAt: '2026-01-01T00:00:00Z',
  unknownFields: { folder_id: null, has_approvals: true },
};

const caseFields = {
  created_by_user_id: null,
  created_by_user_name: null,
  created_by_user_email: null,
  agent_run_status: 'running',
  agent_run_user_id: null,
  pending_approval_batch_id: null,
  pending_approval_assignee_user_ids: ['u1'],
  approval_approved_count: 1,
  approval_rejected_count: 0,
  x_new: {},
};

export const queueCase = {
  id: 'c1',
  queue_id: 'q1',
  title: '4711',
  data: '{"total":12}',
  status: 'archived',
  priority: 'urgent',
  display_status: 'snoozed',
  claimed_at: '2026-01-01T00:00:01Z',
  claimed_by_run_id: 'r1',
  completed_at: null,
  postponed_to: '2026-01-02T00:00:00Z',
  created_at: '2026-01-01T00:00:00Z',
  updated_at: '2026-01-01T00:00:02Z',
  pending_human_request_id: 'h1',
  labels: [{ id: 'l1', key: 'k', value: 'v', color_hue: 120 }],
  ...caseFields,
};

export const parsedCase = {
  id: 'c1',
  queueId: 'q1',
  title: '4711',
  data: '{"total":12}',
  status: 'archived',
  priority: 'urgent',
  displayStatus: 'snoozed',
  claimedAt: '2026-01-01T00:00:01Z',
  claimedByRunId: 'r1',
  postponedTo: '2026-01-02T00:00:00Z',
  createdAt: '2026-01-01T00:00:00Z',
  updatedAt: '2026-01-01T00:00:02Z',
  pendingHumanRequestId: 'h1',
  labels: [{ id: 'l1', key: 'k', value: 'v', unknownFields: { color_hue: 120 } }],
  unknownFields: caseFields,
};

export const caseEvent = {
  id: 'e1',
  case_queue_item_id: 'c1',
  agent_run_id: null,
  human_request_id: null,
  type: 'created',
  reason: null,
  created_at: '2026-01-01T00:00:00Z',
  agent_id: null,
  agent_name: null,
  user_id: null,
  user_name: null,
  user_email: null,
  human_request_title: null,
};

export const approvalBatch = {
  id: 'ab1',
  case_queue_item_id: 'c1',
  agent_run_id: 'r1',
  title: 'Approve',
  created_at: '2026-01-01T00:00:00Z',
  resolved_at: null,
  cancelled_at: null,
  cancellation_reason: null,
  rows: [{ id: 'row1' }],
};

export const caseRun = {
  id: 'r1',
  case_queue_item_id: 'c1',
  agent_id: 'a1',
  agent_name: 'Reader',
  status: 'stopped',
  source: null,
  created_at: '2026-01-01T00:00:00Z',
  started_at: '2026-01-01T00:00:01Z',
  completed_at: null,
  claimed_at: '2026-01-01T00:00:02Z',
  has_pending_human_request: false,
  pending_human_request_title: null,
  evaluation: { passed: 1, total: 2, status: 'ready' },
  user_id: null,
  user_name: null,
  user_email: null,
};

export const parsedCaseRun = {
  id: 'r1',
  agentId: 'a1',
  status: 'canceled',
  createdAt: '2026-01-01T00:00:00Z',
  startedAt: '2026-01-01T00:00:01Z',
  claimedAt: '2026-01-01T00:00:02Z',
  waitsForPerson: false,
  unknownFields: {
    case_queue_item_id: 'c1',
    agent_name: 'Reader',
    source: null,
    pending_human_request_title: null,
    evaluation: { passed: 1, total: 2, status: 'ready' },
    user_id: null,
    user_name: null,
    user_email: null,
  },
};
