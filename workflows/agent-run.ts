import {
  allHandlersFinished,
  CancellationScope,
  CancelledFailure,
  condition,
  ContinueAsNew,
  isCancellation,
  makeContinueAsNewFunc,
  workflowInfo,
} from '@temporalio/workflow';
import type { RunLook } from '../activities';
import { type OutputPlan, type RunPlan, planRun } from './agent-run-input';
import { askWhichRun, ambiguityOf, decisionOf, givenUp } from './ambiguous-start';
import { type AgentRunInput, type AgentRunResult, type CancelVerdict, FailureTypes } from './contract';
import { type GateRecord, openGates, sending, takeAnswer, type TakenAnswer } from './gate-book';
import { handleMessages, type Inbox } from './inbox';
import type { Reply } from './last-reply';
import { hasGivenUp, RemoteRun } from './remote-run';
import { applicationCause, callFailure, endFailure, outputFailure, runFailure } from './run-failures';
import {
  answeredOwn,
  askedAgain,
  clocksAt,
  closeUnanswered,
  delivered,
  deliveryRefused,
  isTerminal,
  newRun,
  nextDelivery,
  observe,
  resumed,
  overtaken,
  settle,
  type RunMemory,
} from './run-machine';
import { stopRemoteRun } from './stop-remote-run';
import { gatesToShow, showCancel, showDetails, showGates, showIds } from './visibility';
import { Watch } from './watch';

/** What continue-as-new carries: plain JSON, since it loses what JSON cannot carry. */
export interface CarriedRun {
  memory: RunMemory;
}

/** A reply that fits the schema. */
type Checked = Reply & { data: unknown };

/** A hint makes the watch look at once, but not sooner than this after it last began to look. Milliseconds. */
const HINT_GAP = 1_000;

/**
 * The workflow of one Duvo agent run: start it (or attach to it), watch it, open a gate when it waits on a person,
 * deliver the answer, watch on, give its result. Signals, updates, queries, failures: docs/wire-contract.md.
 */
export async function agentRun(input: AgentRunInput, carried?: CarriedRun): Promise<AgentRunResult> {
  return new AgentRun(input, planRun(input), carried).run();
}

class AgentRun {
  private readonly memory: RunMemory;
  private readonly inbox: Inbox;
  private readonly watch: Watch;
  private readonly remote: RemoteRun;
  private cancelled = false;
  private verdict?: CancelVerdict;
  private shownGates: string;

  constructor(
    private readonly input: AgentRunInput,
    private readonly plan: RunPlan,
    carried?: CarriedRun,
  ) {
    this.memory = carried?.memory ?? newRun(workflowInfo().workflowId, Date.now());
    this.shownGates = gatesToShow(this.memory);
    this.remote = new RemoteRun(plan, this.memory);
    this.watch = new Watch(plan, this.memory);
    this.inbox = handleMessages(this.memory, () => this.verdict);
  }

  async run(): Promise<AgentRunResult> {
    // The run's end is decided here alone: a cancel is one more thing that the loop sees, not an exception anywhere.
    CancellationScope.current().cancelRequested.catch(() => {
      this.cancelled = true;
      this.remote.cancel();
    });
    return CancellationScope.nonCancellable(async () => {
      try {
        return await this.live();
      } catch (error) {
        if (error instanceof ContinueAsNew) throw error;
        const stop = await this.stopUnwatched(error);
        throw this.close(callFailure(error, this.memory, stop));
      } finally {
        this.watch.cancel();
        this.inbox.over = true;
        showDetails(this.memory);
        await condition(allHandlersFinished);
      }
    });
  }

  private async live(): Promise<AgentRunResult> {
    if (!this.memory.start) await this.begin();
    for (;;) {
      this.show();
      if (this.cancelled) return this.endCancelled();
      if (this.mayResume()) {
        await this.resume();
        continue;
      }
      if (this.memory.status === 'completed' && this.plan.output) {
        const checked = await this.checkOutput(this.plan.output);
        if (checked) return this.finish(checked);
        continue;
      }
      if (isTerminal(this.memory.status)) return this.finish();
      const delivery = nextDelivery(this.memory);
      const dueGate = this.dueGate();
      if (delivery?.gate.source === 'process') await this.settleStart(delivery);
      else if (delivery) await this.deliver(delivery);
      else if (dueGate) await this.applyTimeout(dueGate);
      else if (this.deadlineLeft() <= 0) await this.exceedDeadline();
      else if (this.inbox.lookWanted()) await this.look();
      else if (this.mustContinueAsNew()) await this.continue();
      else await this.waitForChange();
    }
  }

  private async begin(): Promise<void> {
    const { agentId, runId } = this.plan;
    if (this.cancelled) return;
    try {
      // Before an agent works for it.
      if (this.plan.output) await this.remote.checkSchema();
    } catch (error) {
      if (!this.cancelled) throw error;
      return;
    }
    this.memory.start = runId ? 'attached' : 'started';
    await this.takeUp(() =>
      runId ? this.remote.attach(runId) : this.remote.start(agentId ?? '', this.plan.deadlineMs),
    );
  }

  /** Makes the run known by a first look at it, or asks a person which one it is. */
  private async takeUp(first: () => Promise<RunLook>): Promise<void> {
    const { memory } = this;
    try {
      const look = await first();
      if (look.start && memory.start === 'started') memory.start = look.start;
      this.observe(look);
      this.inbox.looked();
      showIds(this.plan.agentId, memory.runId);
    } catch (error) {
      if (this.cancelled) return;
      const ambiguity = ambiguityOf(error);
      if (ambiguity) return askWhichRun(memory, ambiguity, this.remote.startKey, Date.now(), this.plan.dueMs);
      if (!hasGivenUp(error)) throw error;
      throw runFailure(FailureTypes.RunDeadlineExceeded, 'Duvo did not take the start within the deadline', memory);
    }
  }

  /** A person has said what became of the start. */
  private async settleStart(record: GateRecord & { taken: TakenAnswer }): Promise<void> {
    const { memory } = this;
    const decision = decisionOf(memory, record.taken);
    answeredOwn(memory, record, Date.now());
    this.show();
    if (decision === 'give up') throw this.close(givenUp(memory));
    if (decision === 'send again') {
      return this.takeUp(() => this.remote.start(this.plan.agentId ?? '', this.limitLeft()));
    }
    memory.start = 'adopted';
    memory.runId = decision.adopt;
    await this.takeUp(() => this.remote.attach(decision.adopt));
  }

  /** @returns the reply that fits; nothing when the agent was asked again, or the workflow was cancelled */
  private async checkOutput({ attempts }: OutputPlan): Promise<Checked | undefined> {
    const { memory, remote } = this;
    this.watch.cancel();
    const nth = (memory.askedAgain ?? 0) + 1;
    let problems: string[] | undefined;
    try {
      const reply = await remote.lastReply();
      const checked = await remote.checkReply(reply);
      if ('data' in checked) return { ...reply, ...checked };
      problems = checked.problems;
      if (!reply.outputError && nth < attempts && this.deadlineLeft() > 0) {
        await remote.askAgain(problems, nth, this.limitLeft());
        return void askedAgain(memory, Date.now());
      }
    } catch (error) {
      if (!this.cancelled && !(problems && hasGivenUp(error))) throw error;
    }
    if (this.cancelled) return undefined;
    throw this.close(outputFailure(memory, problems));
  }

  private mayResume(): boolean {
    const { status, resumed = 0 } = this.memory;
    return status === 'interrupted' && resumed < this.plan.resume.times && this.deadlineLeft() > 0;
  }

  private async resume(): Promise<void> {
    const { memory } = this;
    this.watch.cancel();
    try {
      await this.remote.resume(this.plan.resume.message, `resume/${(memory.resumed ?? 0) + 1}`, this.limitLeft());
      resumed(memory, Date.now());
    } catch (error) {
      if (this.cancelled) return;
      if (hasGivenUp(error)) throw this.close(endFailure(memory));
      throw error;
    }
  }

  private async waitForChange(): Promise<void> {
    const { inbox, watch } = this;
    if (this.memory.runId) watch.ensure();
    const hintIn = () => watch.lastBegun + HINT_GAP - Date.now();
    const wasHinted = inbox.hinted;
    const wake = () =>
      this.cancelled ||
      watch.settled ||
      nextDelivery(this.memory) !== undefined ||
      inbox.lookWanted() ||
      inbox.hinted !== wasHinted ||
      this.mustContinueAsNew();
    const timeout = Math.min(this.deadlineLeft(), this.nextDueIn(), wasHinted ? hintIn() : Infinity);
    if (timeout === Infinity) await condition(wake);
    else await condition(wake, Math.max(1, timeout));
    if (watch.settled) this.observe(watch.take());
    else if (inbox.hinted && hintIn() <= 0) {
      inbox.hinted = false;
      watch.cancel();
    }
  }

  /** One look at the run, now: for those who wait for it. */
  private async look(): Promise<void> {
    this.watch.cancel();
    const wanted = this.inbox.looksWanted;
    // Without a run there is nothing to look at: a gate of our own is open.
    if (!this.memory.runId) return this.inbox.looked(wanted);
    try {
      const look = await this.remote.look();
      if (look) this.observe(look);
      this.inbox.looked(wanted);
    } catch (error) {
      if (!this.cancelled) throw error;
    }
  }

  private observe(look: RunLook): void {
    observe(this.memory, look, Date.now(), this.plan.dueMs);
  }

  private async deliver(record: GateRecord & { taken: TakenAnswer }): Promise<void> {
    this.watch.cancel();
    const { taken } = record;
    sending(record);
    try {
      const verdict = await this.remote.deliver(record);
      if (verdict === 'delivered') delivered(this.memory, record, Date.now());
      else if (verdict === 'withdrawn') closeUnanswered(this.memory, record, 'withdrawn', Date.now());
      else overtaken(this.memory, record, Date.now());
    } catch (error) {
      const refusal = applicationCause(error);
      if (!refusal && !(this.cancelled && isCancellation(error))) throw error;
      // Cut short by the cancel: what comes next sees whether it has arrived.
      if (this.cancelled) return;
      if (refusal) this.inbox.refusals.set(taken, refusal);
      deliveryRefused(this.memory, record, Date.now(), refusal?.message ?? '');
      await this.look();
      if (taken.timedOut && record.gate.status === 'open') await this.timeOut(record);
    }
  }

  private dueGate(): GateRecord | undefined {
    return this.nextDueIn() <= 0 ? this.policedGates().find(({ dueMs = Infinity }) => dueMs <= Date.now()) : undefined;
  }

  private nextDueIn(): number {
    return Math.min(Infinity, ...this.policedGates().map(({ dueMs = Infinity }) => dueMs - Date.now()));
  }

  private policedGates(): GateRecord[] {
    return this.plan.onTimeout === 'hold' ? [] : openGates(this.memory).filter(({ taken }) => !taken);
  }

  private async applyTimeout(record: GateRecord): Promise<void> {
    const { onTimeout } = this.plan;
    const { dueMs } = record;
    delete record.dueMs;
    if (onTimeout === 'fail' || record.gate.type === 'question') {
      await this.look();
      if (record.gate.status !== 'open' || this.cancelled) return;
      if (!record.taken) await this.timeOut(record);
      // A person was quicker. Should Duvo refuse that answer, the time is over all the same.
      record.dueMs = dueMs;
    } else {
      const { gateId } = record.gate;
      takeAnswer(record, { gateId, approved: onTimeout === 'approve', by: '', timedOut: true });
    }
  }

  private async timeOut(record: GateRecord): Promise<never> {
    closeUnanswered(this.memory, record, 'timed-out', Date.now());
    const stop = await this.stopRemote();
    if (this.cancelled) return this.endCancelled(stop);
    throw this.close(
      runFailure(FailureTypes.GateTimedOut, `gate ${record.gate.gateId} was not answered in time`, this.memory, stop),
    );
  }

  /** Milliseconds of queue and agent time that are left; a person's time is not counted. */
  private deadlineLeft(): number {
    const { deadlineMs } = this.plan;
    if (deadlineMs === undefined || this.memory.clocks.phase === 'human') return Infinity;
    const { queuedMs, agentMs } = clocksAt(this.memory, Date.now());
    return deadlineMs - queuedMs - agentMs;
  }

  /** How long a call may be tried. */
  private limitLeft(): number | undefined {
    const left = this.deadlineLeft();
    return left === Infinity ? undefined : Math.max(1, left);
  }

  private async exceedDeadline(): Promise<void> {
    await this.look();
    // The last look may have found the end, or a person who has been waited for since before the deadline.
    if (this.cancelled || isTerminal(this.memory.status) || this.deadlineLeft() > 0) return;
    const stop = await this.stopRemote();
    if (this.memory.status === 'completed') return;
    if (this.cancelled) return this.endCancelled(stop);
    const message = `Duvo run ${this.memory.runId} exceeded its deadline`;
    throw this.close(runFailure(FailureTypes.RunDeadlineExceeded, message, this.memory, stop));
  }

  /** @param verdict of a stop that was under way already */
  private async endCancelled(verdict?: CancelVerdict): Promise<never> {
    this.verdict = verdict ?? (await this.stopRemote());
    showCancel(this.verdict);
    throw this.close(new CancelledFailure('the run was cancelled'));
  }

  /** A call was refused for good: nobody will watch the run any more, so it is not left working. */
  private async stopUnwatched(error: unknown): Promise<CancelVerdict | undefined> {
    const { runId, status } = this.memory;
    if (!applicationCause(error) || !runId || isTerminal(status)) return undefined;
    return this.stopRemote();
  }

  /** Ends the Duvo run, unless it is to be left alone; the machine sees what became of it. */
  private async stopRemote(): Promise<CancelVerdict> {
    this.watch.cancel();
    // Nothing was sent, or what was sent has no answer.
    if (!this.memory.runId) return this.memory.start ? 'unconfirmed' : 'confirmed';
    if (this.plan.onCancel === 'abandon') return 'unconfirmed';
    return stopRemoteRun({
      ...this.remote.address(),
      key: this.remote.nameOf('stop'),
      observe: (look) => this.observe(look),
      withdrawn: (requestId) => {
        const record = openGates(this.memory).find(({ gate }) => gate.gateId === requestId);
        if (record) closeUnanswered(this.memory, record, 'withdrawn', Date.now());
      },
    });
  }

  private async finish(checked?: Checked): Promise<AgentRunResult> {
    this.close();
    const { memory } = this;
    if (memory.status !== 'completed') throw endFailure(memory);
    let reply: Reply | Checked;
    try {
      reply = checked ?? (await this.remote.lastReply());
    } catch (error) {
      if (!this.cancelled) throw error;
      showCancel((this.verdict = 'already-finished'));
      throw new CancelledFailure('the run was cancelled');
    }
    return {
      runId: memory.runId ?? '',
      status: memory.status,
      ...(memory.owner !== undefined && { owner: memory.owner }),
      ...(memory.outcome !== undefined && { outcome: memory.outcome }),
      ...reply,
      start: memory.start ?? 'started',
      ...(memory.resumed && { resumed: memory.resumed }),
      gates: memory.gates.map(({ gate }) => gate),
      clocks: clocksAt(memory, Date.now()),
      ...(memory.unused.length > 0 && { unusedAnswers: memory.unused }),
    };
  }

  /** Nothing more will happen to the run here: gates that are still open close, the clocks stop. */
  private close<T>(end?: T): T {
    for (const record of openGates(this.memory)) closeUnanswered(this.memory, record, 'withdrawn', Date.now());
    settle(this.memory, Date.now());
    this.inbox.over = true;
    this.show();
    return end as T;
  }

  private mustContinueAsNew(): boolean {
    return workflowInfo().continueAsNewSuggested && allHandlersFinished();
  }

  private async continue(): Promise<never> {
    this.watch.cancel();
    // The server carries the search attributes over, but not the memo.
    const go = makeContinueAsNewFunc<typeof agentRun>({ memo: workflowInfo().memo });
    return go(this.input, { memory: this.memory });
  }

  private show(): void {
    showDetails(this.memory);
    const gates = gatesToShow(this.memory);
    if (gates === this.shownGates) return;
    this.shownGates = gates;
    showGates(this.memory);
  }
}
