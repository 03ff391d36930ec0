import { randomUUID } from 'node:crypto';
import { Refusal } from '../shared/refusal';
import { Case, type CaseInput, type CaseLabel } from './cases';

interface CaseFilter {
  status?: string[];
  priority?: string[];
  search?: string;
  created_at_from?: string;
  updated_at_from?: string;
  sort_by?: 'created_at' | 'updated_at' | 'postponed_to';
  sort_order?: 'asc' | 'desc';
}

/** The properties of a queue that a test can set. */
export interface SimulatedQueue {
  /** @default a new UUID */
  id?: string;
  /** @default 'Queue' */
  name?: string;
  /** Agent that claims each new case. */
  agentId?: string;
  /** Automation that the queue belongs to. */
  automationId?: string;
}

/** A queue and its cases. With `agentId`, that agent claims each new case. */
export class Queue {
  readonly createdAt = new Date().toISOString();
  readonly cases: Case[] = [];
  private readonly labels = new Map<string, CaseLabel>();

  constructor(
    readonly id: string,
    readonly name: string,
    readonly agentId?: string,
    private readonly caseDurationMs?: number,
    readonly automationId?: string,
  ) {}

  addCase(input: CaseInput): Case {
    const added = new Case(
      this,
      input,
      (input.labels ?? []).map((label) => this.findOrCreateLabel(label)),
      this.caseDurationMs,
    );
    this.cases.push(added);
    return added;
  }

  /** Returns the matching cases, newest first by default. */
  list(filter: CaseFilter): Case[] {
    const matchesList = (list: string[] | undefined, ...values: string[]) =>
      list === undefined || list.some((one) => values.includes(one));
    const search = filter.search?.toLowerCase();
    const isFrom = (time: string, from: string | undefined) => from === undefined || new Date(time) >= new Date(from);
    const found = this.cases.filter(
      (one) =>
        matchesList(filter.status, one.status, one.displayStatus === 'in_progress' ? 'claimed' : one.displayStatus) &&
        matchesList(filter.priority, one.priority) &&
        (search === undefined || `${one.title} ${one.input.data ?? ''}`.toLowerCase().includes(search)) &&
        isFrom(one.createdAt, filter.created_at_from) &&
        isFrom(one.updatedAt, filter.updated_at_from),
    );
    const sortFields = { created_at: 'createdAt', updated_at: 'updatedAt', postponed_to: 'postponedTo' } as const;
    const field = sortFields[filter.sort_by ?? 'created_at'];
    const sorted = found.sort((one, other) => (one[field] ?? '').localeCompare(other[field] ?? ''));
    return filter.sort_order === 'asc' ? sorted : sorted.reverse();
  }

  toWire(teamId: string): object {
    const { id, name, createdAt: created_at } = this;
    const automation_id = this.automationId ?? null;
    return {
      id,
      name,
      description: null,
      folder_id: null,
      automation_id,
      team_id: teamId,
      created_at,
      has_approvals: false,
    };
  }

  /** Labels with equal key and value are one label of the queue. */
  private findOrCreateLabel({ key, value }: { key: string; value: string }): CaseLabel {
    const name = JSON.stringify([key, value]);
    const label = this.labels.get(name) ?? { id: randomUUID(), key, value, color_hue: (this.labels.size * 47) % 360 };
    this.labels.set(name, label);
    return label;
  }
}

/** The queues and their cases. Tests add queues; the API has no operation that does. */
export class Queues {
  private readonly queues = new Map<string, Queue>();
  private readonly cases = new Map<string, Case>();
  private readonly casesByRun = new Map<string, Case>();

  /** @param caseDurationMs time after which an unclaimed case completes */
  constructor(private readonly caseDurationMs?: number) {}

  get all(): Queue[] {
    return [...this.queues.values()];
  }

  add({ id = randomUUID(), name = 'Queue', agentId, automationId }: SimulatedQueue = {}): Queue {
    const queue = new Queue(id, name, agentId, this.caseDurationMs, automationId);
    this.queues.set(id, queue);
    return queue;
  }

  addCase(queue: Queue, input: CaseInput): Case {
    const added = queue.addCase(input);
    this.cases.set(added.id, added);
    return added;
  }

  recordClaim(claimedCase: Case, runId: string): void {
    this.casesByRun.set(runId, claimedCase);
  }

  caseOfRun(runId: string): Case | undefined {
    return this.casesByRun.get(runId);
  }

  find(id = ''): Queue {
    const queue = this.queues.get(id);
    if (!queue) throw new Refusal(404, 'queue_not_found');
    return queue;
  }

  findCase(id = ''): Case {
    const found = this.cases.get(id);
    if (!found) throw new Refusal(404, 'case_not_found');
    return found;
  }
}
