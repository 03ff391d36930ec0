import { Refusal } from '../shared/refusal';
import type { Agents } from './agents';
import type { Case } from './cases';
import type { SimulatedAnswer } from './simulated-answer';
import { Run } from './run';
import type { RunSource } from './run-types';
import type { Sandboxes } from './sandboxes';
import type { WebhookTarget } from './webhook-sender';

interface RunStart {
  agentId: string;
  message?: string;
  sandboxId?: string;
  webhook?: WebhookTarget;
  idempotencyKey?: string;
}

interface RunFilter {
  status?: string;
  agent_id?: string;
  case_queue_id?: string;
  since?: string;
  source?: string;
  search?: string;
  sort_order?: 'asc' | 'desc';
}

/** All runs of the workspace. */
export class Runs {
  private readonly runs = new Map<string, Run>();

  constructor(
    private readonly agents: Agents,
    private readonly sandboxes: Sandboxes,
    private readonly onStart: (run: Run, webhook?: WebhookTarget) => void,
  ) {}

  get all(): Run[] {
    return [...this.runs.values()];
  }

  /** Starts a run, as a request to the simulated API demands. */
  start({ agentId, webhook, ...facts }: RunStart): Run {
    if (facts.sandboxId !== undefined) this.sandboxes.find(facts.sandboxId);
    const run = this.createRun(agentId, { ...facts, source: 'api' });
    this.onStart(run, webhook);
    return run;
  }

  /** Starts a run without the API: as a person in Duvo, or as a queue. */
  startInDuvo(agentId: string, source: RunSource = 'ui', message?: string): Run {
    const run = this.createRun(agentId, { source, message });
    this.onStart(run);
    return run;
  }

  /** Returns the matching runs, newest first by default. The search reads the titles of runs and of their cases. */
  list(filter: RunFilter, caseOfRun: (runId: string) => Case | undefined): Run[] {
    const { status, agent_id: agentId, case_queue_id: queueId, since, source, search, sort_order: order } = filter;
    const matchesSearch = (...titles: (string | undefined)[]) =>
      search === undefined || titles.some((title) => title?.toLowerCase().includes(search.toLowerCase()));
    const found = this.all.filter((run) => {
      run.tick();
      const case_ = caseOfRun(run.id);
      return (
        (!status || run.status === status) &&
        (!agentId || run.agentId === agentId) &&
        (!source || run.source === source) &&
        (!queueId || case_?.queue.id === queueId) &&
        matchesSearch(run.title, case_?.title) &&
        (!since || run.createdAt >= new Date(since))
      );
    });
    return order === 'asc' ? found : found.reverse();
  }

  /** Answers a request as a person in Duvo's own UI. */
  answerInDuvo(runId: string, requestId: string, answer: SimulatedAnswer): void {
    const run = this.find(runId).refresh();
    const request = run.humanRequests.find(({ id }) => id === requestId);
    const problem =
      request?.status === 'pending' ? run.answer(request, answer, 'ui') : 'the run has no pending request with this id';
    if (problem) throw new Error(`run ${runId}, request ${requestId}: ${problem}`);
  }

  find(runId = ''): Run {
    const run = this.runs.get(runId);
    if (!run) throw new Refusal(404, 'run_not_found');
    return run;
  }

  agentIdOf(runId: string): string | undefined {
    return this.runs.get(runId)?.agentId;
  }

  private createRun(
    agentId: string,
    facts: { idempotencyKey?: string; message?: string; sandboxId?: string; source: RunSource },
  ): Run {
    const { scenario, buildId } = this.agents.getRunSettings(agentId);
    const run = new Run({ agentId, scenario, buildId, number: this.runs.size + 1, ...facts });
    this.runs.set(run.id, run);
    return run;
  }
}
