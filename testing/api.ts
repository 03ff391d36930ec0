import { z } from 'zod';
import type { LedgerEntry } from './ledger';
import type { Ledger } from './ledger';
import { Run, type SimulatedAnswer } from './run';
import { BUILT_IN_SCENARIOS, type Scenario } from './scenario';

export interface Answer {
  status: number;
  body: unknown;
}

const startBody = z.strictObject({
  agent_id: z.string().min(1),
  message: z.string().optional(),
  sandbox_id: z.string().optional(),
  webhook_url: z.url().optional(),
});
const messageBody = z.strictObject({ message: z.string().min(1) });
const respondBody = z.union([
  z.strictObject({ approved: z.boolean() }),
  z.strictObject({ answers: z.record(z.string(), z.string()) }),
]);
const stopBody = z.strictObject({}).optional();
const page = z.strictObject({
  limit: z.coerce.number().int().min(1).max(50).default(20),
  offset: z.coerce.number().int().min(0).default(0),
});
const runsPage = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  offset: z.coerce.number().int().min(0).default(0),
  status: z.string().optional(),
  agent_id: z.string().optional(),
  since: z.string().optional(),
});

/** A request that the service refuses. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly details?: unknown,
  ) {
    super(code);
  }
}

/** The service behind the routes: agents, runs and what may be done with them. Every method either commits or refuses. */
export class DuvoApi {
  readonly runs = new Map<string, Run>();
  private readonly scenarios = new Map<string, Scenario>(Object.entries(BUILT_IN_SCENARIOS));

  constructor(private readonly ledger: Ledger) {}

  script(agentId: string, scenario: Scenario): void {
    this.scenarios.set(agentId, scenario);
  }

  /** A start by somebody who is not the API. */
  startInDuvo(agentId: string): Run {
    const run = new Run(agentId, this.scenarioOf(agentId));
    this.runs.set(run.id, run);
    return run;
  }

  start(entry: LedgerEntry, body: unknown): Answer {
    const { agent_id: agentId, message, sandbox_id: sandboxId } = parse(startBody, body);
    const run = new Run(agentId, this.scenarioOf(agentId), entry.idempotencyKey, message, sandboxId);
    this.runs.set(run.id, run);
    this.ledger.commit(entry, { runId: run.id });
    return { status: 202, body: { run: run.toJSON() } };
  }

  get(run: Run, status?: string): Answer {
    run.look();
    if (run.gone) return { status: 200, body: { run: null } };
    const pending = status === undefined ? run.pendingJSON() : undefined;
    return { status: 200, body: { run: run.toJSON(status), ...(pending && { pending_human_request: pending }) } };
  }

  list(query: Record<string, string>): Answer {
    const { limit, offset, status, agent_id: agentId, since } = parse(runsPage, query);
    const found = [...this.runs.values()].reverse().filter((run) => {
      const view = run.view();
      return (
        (!status || view.status === status) &&
        (!agentId || view.agentId === agentId) &&
        (!since || (run.toJSON() as { created_at: string }).created_at >= since)
      );
    });
    return {
      status: 200,
      body: { data: found.slice(offset, offset + limit).map((run) => run.toJSON()), total: found.length },
    };
  }

  messages(run: Run, query: Record<string, string>): Answer {
    const { limit, offset } = parse(page, query);
    run.tick();
    return {
      status: 200,
      body: { messages: run.messages.slice(offset, offset + limit), total: run.messages.length, limit, offset },
    };
  }

  postMessage(entry: LedgerEntry, run: Run, body: unknown): Answer {
    const { message } = parse(messageBody, body);
    run.tick();
    if (!run.resume(message)) throw new Refusal(409, 'run_is_running');
    this.ledger.commit(entry);
    return { status: 201, body: { message: run.messages.findLast(({ role }) => role === 'user') } };
  }

  respond(entry: LedgerEntry, run: Run, requestId: string, body: unknown): Answer {
    const answer = parse(respondBody, body);
    run.tick();
    const request = run.requests.find(({ id }) => id === requestId);
    if (!request) throw new Refusal(404, 'human_request_not_found');
    if (request.status !== 'pending') throw new Refusal(409, 'human_request_closed');
    const problem = run.answer(request, answer, 'api');
    if (problem) throw new Refusal(422, 'validation_failed', [{ field: problem }]);
    this.ledger.commit(entry);
    return {
      status: 200,
      body: { human_request: { id: request.id, type: request.type, title: request.title, status: 'responded' } },
    };
  }

  stop(entry: LedgerEntry, run: Run, body: unknown): Answer {
    parse(stopBody, body);
    run.tick();
    if (!run.stop()) return { status: 200, body: { success: false, message: 'the run is not running' } };
    this.ledger.commit(entry);
    return { status: 200, body: { success: true } };
  }

  /** A person answers in Duvo's own UI. */
  answerInDuvo(runId: string, requestId: string, answer: SimulatedAnswer): void {
    const run = this.find(runId);
    run.tick();
    const request = run.requests.find(({ id }) => id === requestId);
    const problem = request?.status === 'pending' ? run.answer(request, answer, 'ui') : 'no such request is pending';
    if (problem) throw new Error(`run ${runId}, request ${requestId}: ${problem}`);
  }

  find(runId: string): Run {
    const run = this.runs.get(runId);
    if (!run) throw new Refusal(404, 'run_not_found');
    return run;
  }

  private scenarioOf(agentId: string): Scenario {
    const scenario = this.scenarios.get(agentId);
    if (!scenario) throw new Refusal(404, 'agent_not_found');
    return scenario;
  }
}

function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Refusal(
    422,
    'validation_failed',
    parsed.error.issues.map(({ path, code }) => ({ field: path.join('.'), code })),
  );
}
