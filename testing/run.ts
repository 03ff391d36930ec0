import { randomUUID } from 'node:crypto';
import ms from 'ms';
import type { Scenario, Step } from './scenario';

type Ask = Extract<Step, { ask: unknown }>['ask'];
export type SimulatedAnswer = { approved: boolean } | { answers: Record<string, string> };

export interface SimulatedRequest {
  id: string;
  title: string;
  type: 'approval' | 'question';
  status: 'pending' | 'answered' | 'withdrawn';
  answer?: SimulatedAnswer;
  answeredVia?: 'api' | 'ui';
}

/** What tests see of a run. */
export interface SimulatedRun {
  id: string;
  agentId: string;
  status: string;
  /** The idempotency key of its start; absent when it was started in Duvo itself. */
  startedBy?: string;
  looks: number;
  requests: SimulatedRequest[];
  stops: number;
}

export interface SimulatedMessage {
  id: string;
  type: string;
  role: 'user' | 'assistant' | 'tool';
  timestamp: string;
  text_content?: string;
  tool_call?: { id: string; name: string };
}

interface Request extends SimulatedRequest {
  ask: Ask;
  createdAt: string;
}

/** A run that goes as its scenario says, by looks and by wall time; time is applied when somebody looks. */
export class Run {
  readonly id: string;
  readonly messages: SimulatedMessage[] = [];
  readonly requests: Request[] = [];
  looks = 0;
  stops = 0;
  gone = false;
  private readonly createdAt = new Date();
  private startedAt?: Date;
  private completedAt?: Date;
  private updatedAt = this.createdAt;
  private status = 'pending';
  private position = -1;
  private enteredAt = this.createdAt.getTime();
  private looksInStep = 0;

  constructor(
    readonly agentId: string,
    private readonly scenario: Scenario,
    readonly startedBy?: string,
    message?: string,
    private readonly sandboxId?: string,
  ) {
    this.id = randomUUID();
    if (message !== undefined) this.say('user', message);
    this.next(this.enteredAt);
  }

  /** A GET: counted, and it may be the look that moves the run on. */
  look(): void {
    this.tick();
    const step = this.step();
    if (step && 'status' in step && step.looks !== undefined && this.looksInStep >= step.looks) this.next(Date.now());
    this.looks++;
    this.looksInStep++;
  }

  /** Applies the wall time that has passed. */
  tick(): void {
    for (let step = this.step(); step && 'status' in step && step.for !== undefined; step = this.step()) {
      const end = this.enteredAt + (typeof step.for === 'number' ? step.for : ms(step.for));
      if (Date.now() < end) return;
      this.next(end);
    }
  }

  get pending(): Request | undefined {
    return this.requests.find(({ status }) => status === 'pending');
  }

  get isTerminal(): boolean {
    return ['completed', 'failed', 'canceled', 'interrupted'].includes(this.status);
  }

  /** @returns what is wrong with the answer, if something is */
  answer(request: Request, answer: SimulatedAnswer, via: 'api' | 'ui'): string | undefined {
    const problem = misfit(request.ask, answer);
    if (problem) return problem;
    Object.assign(request, { status: 'answered', answer, answeredVia: via });
    const step = this.step();
    const denied = 'approved' in answer && !answer.approved;
    if (denied && step && 'ask' in step && step.onDenied === 'fail') this.finish('failed', Date.now());
    else this.next(Date.now());
    return undefined;
  }

  /** @returns whether it did anything: the service stops only what is running */
  stop(): boolean {
    this.stops++;
    if (this.isTerminal || (this.pending && this.scenario.stopWhileWaiting !== 'stop')) return false;
    this.finish('canceled', Date.now());
    return true;
  }

  /** A message resumes a run that has ended, or waits. @returns whether it could */
  resume(text: string): boolean {
    if (!this.isTerminal && !this.pending) return false;
    this.say('user', text);
    if (this.pending) this.pending.status = 'withdrawn';
    delete this.completedAt;
    this.next(Date.now());
    return true;
  }

  say(role: SimulatedMessage['role'], text: string): SimulatedMessage {
    const message = {
      id: randomUUID(),
      type: 'message',
      role,
      timestamp: new Date().toISOString(),
      text_content: text,
    };
    this.messages.push(message);
    return message;
  }

  /** The body of a run in dialect v1. */
  toJSON(status = this.status): object {
    return {
      id: this.id,
      agent_id: this.agentId,
      build_id: 'build-1',
      status,
      source: this.startedBy === undefined ? 'ui' : 'api',
      sandbox_id: this.sandboxId ?? null,
      started_at: this.startedAt?.toISOString() ?? null,
      completed_at: this.completedAt?.toISOString() ?? null,
      created_at: this.createdAt.toISOString(),
      updated_at: this.updatedAt.toISOString(),
      human_in_the_loop_enabled: true,
      owner: this.scenario.owner ?? null,
      outcome: this.isTerminal ? (this.scenario.outcome ?? null) : null,
    };
  }

  pendingJSON(): object | undefined {
    const { pending } = this;
    return pending && { id: pending.id, description: null, created_at: pending.createdAt, ...pending.ask };
  }

  view(): SimulatedRun {
    this.tick();
    const { id, agentId, status, startedBy, looks, stops } = this;
    const requests = this.requests.map(({ ask: _ask, createdAt: _createdAt, ...request }) => request);
    return { id, agentId, status, ...(startedBy && { startedBy }), looks, requests, stops };
  }

  private step(): Step | undefined {
    return this.isTerminal ? undefined : this.scenario.steps[this.position];
  }

  private next(at: number): void {
    this.position++;
    this.enteredAt = at;
    this.looksInStep = 0;
    const step = this.scenario.steps[this.position];
    if (!step) this.finish('completed', at);
    else if ('end' in step) this.finish(step.end, at);
    else if ('ask' in step) this.ask(step.ask, at);
    else {
      this.status = step.status;
      this.touch(at);
      if (!['pending', 'not_started', 'starting'].includes(step.status)) this.startedAt ??= new Date(at);
      if (step.looks === 0) this.next(at);
    }
  }

  private ask(ask: Ask, at: number): void {
    this.startedAt ??= new Date(at);
    this.status = 'waiting';
    this.touch(at);
    this.say('assistant', `I need a person: ${ask.title}`);
    const { title, type } = ask;
    this.requests.push({
      id: randomUUID(),
      title,
      type,
      status: 'pending',
      ask,
      createdAt: new Date(at).toISOString(),
    });
  }

  private finish(end: 'completed' | 'failed' | 'canceled' | 'interrupted' | 'gone', at: number): void {
    if (end === 'gone') this.gone = true;
    this.startedAt ??= new Date(at);
    this.status = end === 'gone' ? 'failed' : end;
    this.completedAt = new Date(at);
    this.touch(at);
    if (this.pending) this.pending.status = 'withdrawn';
    this.messages.push({
      id: randomUUID(),
      type: 'tool_call',
      role: 'tool',
      timestamp: new Date(at).toISOString(),
      tool_call: { id: randomUUID(), name: 'finish' },
    });
    this.say('assistant', this.scenario.says ?? 'Done.');
  }

  private touch(at: number): void {
    this.updatedAt = new Date(at);
  }
}

/** Strict, as the service: an approval is a boolean; every question is answered, by its options. */
function misfit(ask: Ask, answer: SimulatedAnswer): string | undefined {
  if (ask.type === 'approval') return 'approved' in answer ? undefined : 'approved';
  if (!('answers' in answer)) return 'answers';
  const questions = ask.questions ?? [];
  if (Object.keys(answer.answers).some((text) => !questions.some(({ question }) => question === text)))
    return 'answers';
  const wrong = questions.findIndex(({ question, options, multi_select: multi }) => {
    const given = answer.answers[question];
    if (given === undefined || given === '') return true;
    const labels = options?.map(({ label }) => label) ?? [];
    return labels.length > 0 && !(multi ? given.split(',') : [given]).every((one) => labels.includes(one));
  });
  return wrong < 0 ? undefined : `answers[${wrong}]`;
}
