import type { HttpResponse, Refusal } from '../shared/refusal';
import type { Case } from '../resources/cases';
import type { Run } from '../resources/run';
import type { HumanRequest } from '../resources/run-types';

/** Writes responses in one dialect. Responses that are the same in both dialects do not go through a writer. */
export interface DialectWriter {
  run(run: Run, status?: string): object;
  /** Writes a run as a row of a list. */
  runRow(run: Run, agentName: string, case_?: Case): object;
  pendingRequest(request: HumanRequest): object;
  answeredRequest(run: Run, request: HumanRequest): object;
  refusal(refusal: Refusal): HttpResponse;
  /** Spells a status of the simulator as the dialect does. */
  status(status: string): string;
  /** The reverse of `status`. */
  parseStatus(status: string): string;
}

/** The fields of a run that both dialects have. */
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
