import { randomUUID } from 'node:crypto';
import { type HumanRequestSpec, findWrongField, type SimulatedAnswer } from './simulated-answer';
import type { HumanRequest, WebhookEventType, RunInit, RunSource, SimulatedMessage, SimulatedRun } from './run-types';
import { toMilliseconds } from '../shared/durations';
import type { Scenario, ScenarioStep } from './scenario';

/**
 * A run that follows its scenario. Steps end after a number of polls or after a time; elapsed time is applied when the run
 * is read.
 */
export class Run {
  readonly id: string = randomUUID();
  readonly agentId: string;
  readonly buildId: string;
  readonly number: number;
  readonly source: RunSource;
  readonly scenario: Scenario;
  readonly idempotencyKey?: string;
  readonly sandboxId?: string;
  /** The message of the start. */
  readonly message?: string;
  readonly messages: SimulatedMessage[] = [];
  readonly humanRequests: HumanRequest[] = [];
  pollCount = 0;
  stopCount = 0;
  isDeleted = false;
  /** Called on every change. `event` is absent when webhooks have no event for the change. */
  onChange: (event?: WebhookEventType) => void = () => {};
  readonly createdAt = new Date();
  startedAt?: Date;
  completedAt?: Date;
  updatedAt = this.createdAt;
  status = 'pending';
  private resumedEnd?: Pick<Run, 'status' | 'completedAt' | 'updatedAt'>;
  private stepIndex = -1;
  private stepEnteredAtMs = this.createdAt.getTime();
  private pollsInStep = 0;

  constructor({ agentId, buildId, number, source, scenario, idempotencyKey, sandboxId, message }: RunInit) {
    this.agentId = agentId;
    this.buildId = buildId;
    this.number = number;
    this.source = source;
    this.scenario = scenario;
    this.idempotencyKey = idempotencyKey;
    this.sandboxId = sandboxId;
    this.message = message;
    if (message !== undefined) this.addMessage('user', message);
    this.enterNextStep(this.stepEnteredAtMs);
  }

  /** Counts a poll, and enters the next step when the current step has had its number of polls. */
  recordPoll(): void {
    this.tick();
    const step = this.currentStep();
    if (step && 'status' in step && step.polls !== undefined && this.pollsInStep >= step.polls)
      this.enterNextStep(Date.now());
    this.pollCount++;
    this.pollsInStep++;
  }

  /** Enters the steps that are due by now. */
  tick(): void {
    for (let end = this.nextTransitionAtMs; end !== undefined && Date.now() >= end; end = this.nextTransitionAtMs)
      this.enterNextStep(end);
  }

  /** Applies the elapsed time. @returns the run itself */
  refresh(): this {
    this.tick();
    return this;
  }

  /** When the current step ends, if it ends after a time. */
  get nextTransitionAtMs(): number | undefined {
    const step = this.currentStep();
    return step && 'status' in step && step.duration !== undefined
      ? this.stepEnteredAtMs + toMilliseconds(step.duration)
      : undefined;
  }

  get title(): string {
    return this.messages.find(({ role }) => role === 'user')?.text_content ?? `Run ${this.number}`;
  }

  get pendingRequest(): HumanRequest | undefined {
    return this.humanRequests.find(({ status }) => status === 'pending');
  }

  get isTerminal(): boolean {
    return ['completed', 'failed', 'canceled', 'interrupted'].includes(this.status);
  }

  /** Applies an answer to a request. @returns the field of the answer that is wrong, if there is one */
  answer(request: HumanRequest, answer: SimulatedAnswer, via: 'api' | 'ui'): string | undefined {
    const problem = findWrongField(request.ask, answer);
    if (problem) return problem;
    Object.assign(request, { status: 'answered', answer, answeredVia: via, answeredAt: new Date().toISOString() });
    const step = this.currentStep();
    const isDenied = 'approved' in answer && !answer.approved;
    if (isDenied && step && 'ask' in step && step.onDenied === 'fail') this.finish('failed', Date.now());
    else this.enterNextStep(Date.now());
    return undefined;
  }

  /** Stops the run. @returns whether it had an effect: the service stops only a run that is running */
  stop(): boolean {
    this.stopCount++;
    const canStop = this.status === 'waiting' ? this.scenario.stopWhileWaiting === 'stop' : this.status === 'running';
    if (!canStop) return false;
    this.finish('canceled', Date.now());
    return true;
  }

  /** Resumes a run that has ended or waits for a person, with a message. @returns whether the run accepted it */
  resume(text: string): boolean {
    if (!this.isTerminal && !this.pendingRequest) return false;
    this.addMessage('user', text);
    if (this.pendingRequest) this.pendingRequest.status = 'withdrawn';
    const { status, completedAt, updatedAt } = this;
    this.resumedEnd = { status, completedAt, updatedAt };
    delete this.completedAt;
    this.enterNextStep(Date.now());
    return true;
  }

  /** The run as a replica of the service shows it that has not received the last message that resumed the run. */
  viewBeforeResume(): Run {
    return Object.assign(Object.create(this) as Run, this.resumedEnd);
  }

  addMessage(role: SimulatedMessage['role'], text: string): SimulatedMessage {
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

  snapshot(): SimulatedRun {
    this.tick();
    const { id, agentId, status, idempotencyKey, pollCount: polls, stopCount: stopRequests } = this;
    const humanRequests = this.humanRequests.map(
      ({ ask: _ask, createdAt: _created, answeredAt: _answered, ...request }) => request,
    );
    const { message } = this;
    return {
      id,
      agentId,
      status,
      ...(idempotencyKey && { idempotencyKey }),
      ...(message !== undefined && { message }),
      polls,
      humanRequests,
      stopRequests,
    };
  }

  private currentStep(): ScenarioStep | undefined {
    return this.isTerminal ? undefined : this.scenario.steps[this.stepIndex];
  }

  private enterNextStep(at: number): void {
    this.stepIndex++;
    this.stepEnteredAtMs = at;
    this.pollsInStep = 0;
    const step = this.scenario.steps[this.stepIndex];
    if (!step) this.finish('completed', at);
    else if ('end' in step) this.finish(step.end, at, step.lastMessage);
    else if ('ask' in step) this.openRequest(step.ask, at);
    else {
      this.status = step.status;
      this.touch(at);
      if (!['pending', 'not_started', 'starting'].includes(step.status)) this.startedAt ??= new Date(at);
      if (step.polls === 0) this.enterNextStep(at);
      else this.onChange();
    }
  }

  private openRequest(ask: HumanRequestSpec, at: number): void {
    this.startedAt ??= new Date(at);
    this.status = 'waiting';
    this.touch(at);
    this.addMessage('assistant', `I need a person: ${ask.title}`);
    const { title, type } = ask;
    this.humanRequests.push({
      id: randomUUID(),
      title,
      type,
      status: 'pending',
      ask,
      createdAt: new Date(at).toISOString(),
    });
    this.onChange('human_request');
  }

  private finish(
    end: 'completed' | 'failed' | 'canceled' | 'interrupted' | 'gone',
    at: number,
    lastMessage = this.lastMessage,
  ): void {
    if (end === 'gone') this.isDeleted = true;
    this.startedAt ??= new Date(at);
    this.status = end === 'gone' ? 'failed' : end;
    this.completedAt = new Date(at);
    this.touch(at);
    if (this.pendingRequest) this.pendingRequest.status = 'withdrawn';
    this.messages.push({
      id: randomUUID(),
      type: 'tool_call',
      role: 'tool',
      timestamp: new Date(at).toISOString(),
      tool_call: { id: randomUUID(), name: 'finish' },
    });
    this.addMessage('assistant', lastMessage);
    this.onChange(end === 'completed' || end === 'failed' || end === 'interrupted' ? `run_${end}` : undefined);
  }

  private get lastMessage(): string {
    const { lastMessage = 'Done.', deniedMessage = lastMessage } = this.scenario;
    const isDenied = this.humanRequests.some(({ answer }) => answer && 'approved' in answer && !answer.approved);
    return isDenied ? deniedMessage : lastMessage;
  }

  private touch(at: number): void {
    this.updatedAt = new Date(at);
  }
}
