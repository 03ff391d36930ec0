import type { HttpResponse, Refusal } from '../shared/refusal';
import type { Case } from '../resources/cases';
import type { Run } from '../resources/run';
import type { HumanRequest } from '../resources/run-types';

/** How a dialect writes what the service says. What both write alike is written where it is made. */
export interface DialectWriter {
  run(run: Run, status?: string): object;
  /** A run in a list. */
  runRow(run: Run, agentName: string, case_?: Case): object;
  pendingRequest(request: HumanRequest): object;
  answeredRequest(run: Run, request: HumanRequest): object;
  refusal(refusal: Refusal): HttpResponse;
  status(status: string): string;
  /** The reverse of `status`. */
  parseStatus(status: string): string;
}

/** What both dialects have of a run. */
export function runFields(run: Run, status: string): object {
  return {
    id: run.id,
    agent_id: run.agentId,
    build_id: run.buildId,
    status,
    source: run.source,
    sandbox_id: run.sandboxId ?? null,
    started_at: run.startedAt?.toISOString() ?? null,
    completed_at: run.completedAt?.toISOString() ?? null,
    created_at: run.createdAt.toISOString(),
    updated_at: run.updatedAt.toISOString(),
    human_in_the_loop_enabled: true,
  };
}

export function pendingRequestFields({ id, createdAt, ask }: HumanRequest): object {
  return { id, description: null, created_at: createdAt, ...ask };
}

export function answeredRequestFields(run: Run, { id, ask, answer, answeredAt, createdAt }: HumanRequest): object {
  return {
    id,
    run_id: run.id,
    title: ask.title,
    description: ask.description ?? null,
    response: answer ? JSON.stringify(answer) : null,
    responded_at: answeredAt ?? null,
    created_at: createdAt,
  };
}
