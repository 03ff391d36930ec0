import { answeredRequestFields, pendingRequestFields, runFields, type DialectWriter } from './dialect-writer';

/**
 * Writes responses with exactly the fields of the published v2 document. A stopped run has the status `stopped` in lists
 * too: the document's list filter has that status, although the schema of its rows does not.
 */
export const v2: DialectWriter = {
  run: (run, status = run.status) => runFields(run, v2.status(status)),
  runRow: (run, agentName, case_) => ({
    id: run.id,
    created_at: run.createdAt.toISOString(),
    updated_at: run.updatedAt.toISOString(),
    started_at: run.startedAt?.toISOString() ?? null,
    completed_at: run.completedAt?.toISOString() ?? null,
    status: v2.status(run.status),
    source: run.source,
    title: run.title,
    run_number: run.number,
    agent_id: run.agentId,
    agent_name: agentName,
    build_id: run.buildId,
    user_id: null,
    case_queue_item_id: case_?.id ?? null,
    case_queue_id: case_?.queue.id ?? null,
    case_queue_name: case_?.queue.name ?? null,
    case_title: case_?.title ?? null,
    postponed_to: case_?.postponedTo ?? null,
    submitted_prompt_count: run.messages.filter(({ role }) => role === 'user').length,
  }),
  pendingRequest: pendingRequestFields,
  answeredRequest: answeredRequestFields,
  refusal: ({ status, code, details, headers }) => ({
    status,
    headers,
    body: {
      error: code,
      message: `the request was refused: ${code}${details ? ` (${details.map(({ field }) => field).join(', ')})` : ''}`,
    },
  }),
  status: (status) => (status === 'canceled' ? 'stopped' : status),
  parseStatus: (status) => (status === 'stopped' ? 'canceled' : status),
};
