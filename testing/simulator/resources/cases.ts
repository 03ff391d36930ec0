import { randomUUID } from 'node:crypto';
import type { Run } from './run';
import type { Queue } from './queues';

export interface Label {
  id: string;
  key: string;
  value: string;
  color_hue: number;
}

export interface CaseInput {
  title: string;
  data?: string;
  labels?: { key: string; value: string }[];
  priority?: 'none' | 'medium' | 'high';
}

/** What tests see of a case. */
export interface SimulatedCase {
  id: string;
  queueId: string;
  title: string;
  status: string;
  runIds: string[];
}

/** What can become of a case. */
export type CaseEnd = 'completed' | 'failed';

/** A case of a queue. Once a run has claimed it, its status is what became of the run, unless somebody settles it. */
export class Case {
  readonly id: string = randomUUID();
  readonly createdAt = new Date().toISOString();
  private settled?: { status: CaseEnd; at: string };
  readonly runs: { run: Run; claimedAt: string }[] = [];
  postponedTo: string | null = null;

  constructor(
    readonly queue: Queue,
    readonly input: CaseInput,
    readonly labels: Label[],
    /** How long it takes when no run claims it, in milliseconds; for ever without it. */
    private readonly takes?: number,
  ) {}

  get title(): string {
    return this.input.title;
  }

  get priority(): 'none' | 'medium' | 'high' {
    return this.input.priority ?? 'none';
  }

  get updatedAt(): string {
    return this.settledAt ?? this.run?.updatedAt.toISOString() ?? this.createdAt;
  }

  settle(status: CaseEnd): void {
    this.settled = { status, at: new Date().toISOString() };
  }

  claim(run: Run): void {
    this.postponedTo = null;
    this.runs.push({ run, claimedAt: new Date().toISOString() });
  }

  private get run(): Run | undefined {
    return this.runs[this.runs.length - 1]?.run.now();
  }

  /** How much of its time has passed, without a run. */
  private get progress(): number {
    if (this.takes === undefined || this.run) return 0;
    return this.takes === 0 ? 1 : (Date.now() - Date.parse(this.createdAt)) / this.takes;
  }

  private get settledAt(): string | undefined {
    if (this.settled || this.progress < 1) return this.settled?.at;
    return new Date(Date.parse(this.createdAt) + (this.takes ?? 0)).toISOString();
  }

  get status(): 'pending' | CaseEnd {
    if (this.settled) return this.settled.status;
    const status = this.progress < 1 ? this.run?.status : 'completed';
    return status === 'completed' || status === 'failed' ? status : 'pending';
  }

  get displayStatus(): string {
    const { run, status } = this;
    if (status !== 'pending') return status;
    if (this.postponedTo !== null) return 'postponed';
    if (this.progress >= 0.5) return 'in_progress';
    if (!run || run.isTerminal) return 'pending';
    return run.pending ? 'needs_input' : 'in_progress';
  }

  write(): object {
    const { run } = this;
    const last = this.runs[this.runs.length - 1];
    return {
      id: this.id,
      queue_id: this.queue.id,
      title: this.title,
      data: this.input.data ?? '',
      status: this.status,
      priority: this.priority,
      display_status: this.displayStatus,
      claimed_at: last?.claimedAt ?? null,
      claimed_by_run_id: run?.id ?? null,
      completed_at: this.status === 'pending' ? null : (this.settledAt ?? run?.completedAt?.toISOString() ?? null),
      postponed_to: this.postponedTo,
      created_at: this.createdAt,
      updated_at: this.updatedAt,
      created_by_user_id: null,
      created_by_user_name: null,
      created_by_user_email: null,
      agent_run_status: run?.status === 'canceled' ? 'stopped' : (run?.status ?? null),
      agent_run_user_id: null,
      pending_human_request_id: run?.pending?.id ?? null,
      pending_approval_batch_id: null,
      pending_approval_assignee_user_ids: [],
      approval_approved_count: 0,
      approval_rejected_count: 0,
      labels: this.labels,
    };
  }

  writeEvents(agentName: (id: string) => string): object[] {
    const event = (type: string, at: string, run?: Run) => ({
      id: randomUUID(),
      case_queue_item_id: this.id,
      agent_run_id: run?.id ?? null,
      human_request_id: null,
      type,
      reason: null,
      created_at: at,
      agent_id: run?.agentId ?? null,
      agent_name: run ? agentName(run.agentId) : null,
      user_id: null,
      user_name: null,
      user_email: null,
      human_request_title: null,
    });
    return [
      event('created', this.createdAt),
      ...this.runs.map(({ run, claimedAt }) => event('claimed', claimedAt, run)),
    ];
  }

  writeRuns(agentName: (id: string) => string): object[] {
    return [...this.runs].reverse().map(({ run, claimedAt }) => ({
      id: run.id,
      case_queue_item_id: this.id,
      agent_id: run.agentId,
      agent_name: agentName(run.agentId),
      status: run.now().status === 'canceled' ? 'stopped' : run.status,
      source: run.source,
      created_at: run.createdAt.toISOString(),
      started_at: run.startedAt?.toISOString() ?? null,
      completed_at: run.completedAt?.toISOString() ?? null,
      claimed_at: claimedAt,
      has_pending_human_request: run.pending !== undefined,
      pending_human_request_title: run.pending?.title ?? null,
      evaluation: { passed: 0, total: 0, status: 'unavailable' },
      user_id: null,
      user_name: null,
      user_email: null,
    }));
  }

  view(): SimulatedCase {
    const { id, title, displayStatus: status } = this;
    return { id, queueId: this.queue.id, title, status, runIds: this.runs.map(({ run }) => run.id) };
  }
}
