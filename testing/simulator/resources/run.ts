import { randomUUID } from 'node:crypto';
import { type Ask, misfit, type SimulatedAnswer } from './answers';
import type { Request, RunEvent, RunFacts, RunSource, SimulatedMessage, SimulatedRun } from './run-facts';
import { millisecondsOf } from './durations';
import type { Scenario, Step } from './scenario';

/** A run that goes as its scenario says, by looks and by wall time; time is applied when somebody looks. */
export class Run {
  readonly id: string = randomUUID();
  readonly agentId: string;
  readonly buildId: string;
  readonly number: number;
  readonly source: RunSource;
  readonly scenario: Scenario;
  readonly startedBy?: string;
  readonly sandboxId?: string;
  readonly messages: SimulatedMessage[] = [];
  readonly requests: Request[] = [];
  looks = 0;
  stops = 0;
  gone = false;
  /** Told of every change; `event` is absent when a change has no name. */
  changed: (event?: RunEvent) => void = () => {};
  readonly createdAt = new Date();
  startedAt?: Date;
  completedAt?: Date;
  updatedAt = this.createdAt;
  status = 'pending';
  private position = -1;
  private enteredAt = this.createdAt.getTime();
  private looksInStep = 0;

  constructor({ agentId, buildId, number, source, scenario, startedBy, sandboxId, message }: RunFacts) {
    this.agentId = agentId;
    this.buildId = buildId;
    this.number = number;
    this.source = source;
    this.scenario = scenario;
    this.startedBy = startedBy;
    this.sandboxId = sandboxId;
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
    for (let end = this.movesAt; end !== undefined && Date.now() >= end; end = this.movesAt) this.next(end);
  }

  /** The run as it is at this moment. */
  now(): this {
    this.tick();
    return this;
  }

  /** When wall time moves it on next. */
  get movesAt(): number | undefined {
    const step = this.step();
    return step && 'status' in step && step.for !== undefined ? this.enteredAt + millisecondsOf(step.for) : undefined;
  }

  get title(): string {
    return this.messages.find(({ role }) => role === 'user')?.text_content ?? `Run ${this.number}`;
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
    Object.assign(request, { status: 'answered', answer, answeredVia: via, answeredAt: new Date().toISOString() });
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

  view(): SimulatedRun {
    this.tick();
    const { id, agentId, status, startedBy, looks, stops } = this;
    const requests = this.requests.map(
      ({ ask: _ask, createdAt: _created, answeredAt: _answered, ...request }) => request,
    );
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
    else if ('end' in step) this.finish(step.end, at, step.says);
    else if ('ask' in step) this.ask(step.ask, at);
    else {
      this.status = step.status;
      this.touch(at);
      if (!['pending', 'not_started', 'starting'].includes(step.status)) this.startedAt ??= new Date(at);
      if (step.looks === 0) this.next(at);
      else this.changed();
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
    this.changed('human_request');
  }

  private finish(
    end: 'completed' | 'failed' | 'canceled' | 'interrupted' | 'gone',
    at: number,
    says = this.scenario.says ?? 'Done.',
  ): void {
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
    this.say('assistant', says);
    this.changed(end === 'completed' || end === 'failed' || end === 'interrupted' ? `run_${end}` : undefined);
  }

  private touch(at: number): void {
    this.updatedAt = new Date(at);
  }
}
