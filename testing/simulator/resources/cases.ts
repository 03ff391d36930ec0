import { randomUUID } from 'node:crypto';
import type { Run } from './run';

export interface CaseLabel {
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

/** A case as tests see it. */
export interface SimulatedCase {
  id: string;
  queueId: string;
  title: string;
  status: string;
  runIds: string[];
}

export type CaseEndStatus = 'completed' | 'failed';

/** A case of a queue. Its status follows the run that claimed it, unless a test settles the case. */
export class Case {
  readonly id: string = randomUUID();
  readonly createdAt = new Date().toISOString();
  private settled?: { status: CaseEndStatus; at: string };
  readonly claims: { run: Run; claimedAt: string }[] = [];
  postponedTo: string | null = null;

  constructor(
    readonly queue: { readonly id: string; readonly name: string },
    readonly input: CaseInput,
    readonly labels: CaseLabel[],
    /** Time after which an unclaimed case completes, in milliseconds. Without it, the case stays pending. */
    private readonly durationMs?: number,
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

  settle(status: CaseEndStatus): void {
    this.settled = { status, at: new Date().toISOString() };
  }

  claim(run: Run): void {
    this.postponedTo = null;
    this.claims.push({ run, claimedAt: new Date().toISOString() });
  }

  private get run(): Run | undefined {
    return this.claims[this.claims.length - 1]?.run.refresh();
  }

  /** Share of `durationMs` that has passed, for a case without a run. */
  private get elapsedFraction(): number {
    if (this.durationMs === undefined || this.run) return 0;
    return this.durationMs === 0 ? 1 : (Date.now() - Date.parse(this.createdAt)) / this.durationMs;
  }

  private get settledAt(): string | undefined {
    if (this.settled || this.elapsedFraction < 1) return this.settled?.at;
    return new Date(Date.parse(this.createdAt) + (this.durationMs ?? 0)).toISOString();
  }

  get status(): 'pending' | CaseEndStatus {
    if (this.settled) return this.settled.status;
    const status = this.elapsedFraction < 1 ? this.run?.status : 'completed';
    return status === 'completed' || status === 'failed' ? status : 'pending';
  }

  get displayStatus(): string {
    const { run, status } = this;
    if (status !== 'pending') return status;
    if (this.postponedTo !== null) return 'postponed';
    if (this.elapsedFraction >= 0.5) return 'in_progress';
    if (!run || run.isTerminal) return 'pending';
    return run.pendingRequest ? 'needs_input' : 'in_progress';
  }

  toWire(): object {
    const { run } = this;
    const lastClaim = this.claims[this.claims.length - 1];
    return {
      id: this.id,
      queue_id: this.queue.id,
      title: this.title,
      data: this.input.data ?? '',
      status: this.status,
      priority: this.priority,
      display_status: this.displayStatus,
      claimed_at: lastClaim?.claimedAt ?? null,
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
      pending_human_request_id: run?.pendingRequest?.id ?? null,
      pending_approval_batch_id: null,
      pending_approval_assignee_user_ids: [],
      approval_approved_count: 0,
      approval_rejected_count: 0,
      labels: this.labels,
    };
  }

  eventsToWire(agentName: (id: string) => string): object[] {
    const toEvent = (type: string, at: string, run?: Run) => ({
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
      toEvent('created', this.createdAt),
      ...this.claims.map(({ run, claimedAt }) => toEvent('claimed', claimedAt, run)),
    ];
  }

  runsToWire(agentName: (id: string) => string): object[] {
    return [...this.claims].reverse().map(({ run, claimedAt }) => ({
      id: run.id,
      case_queue_item_id: this.id,
      agent_id: run.agentId,
      agent_name: agentName(run.agentId),
      status: run.refresh().status === 'canceled' ? 'stopped' : run.status,
      source: run.source,
      created_at: run.createdAt.toISOString(),
      started_at: run.startedAt?.toISOString() ?? null,
      completed_at: run.completedAt?.toISOString() ?? null,
      claimed_at: claimedAt,
      has_pending_human_request: run.pendingRequest !== undefined,
      pending_human_request_title: run.pendingRequest?.title ?? null,
      evaluation: { passed: 0, total: 0, status: 'unavailable' },
      user_id: null,
      user_name: null,
      user_email: null,
    }));
  }

  snapshot(): SimulatedCase {
    const { id, title, displayStatus: status } = this;
    return { id, queueId: this.queue.id, title, status, runIds: this.claims.map(({ run }) => run.id) };
  }
}
