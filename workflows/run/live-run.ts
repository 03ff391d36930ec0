import { defineSearchAttributeKey } from '@temporalio/common';
import { upsertMemo, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { RunSnapshot } from '../../activities';
import { MemoKeys, SearchAttributes } from '../../contract/names';
import type { RunPlan } from '../../contract/run-plan';
import type { CancelOutcome } from '../../contract/runs';
import { formatGateLine, openGatesFingerprint, setDetailsSection, upsertOpenGates } from '../gates/gate-visibility';
import { setMessageHandlers, type RunMessages } from './message-handlers';
import { RemoteRun } from './remote-run';
import { applyPolledRun, clocksAt, newRunMemory, type RunMemory } from './run-machine';
import { RunWatch } from './run-watch';

const AGENT_ID = defineSearchAttributeKey(SearchAttributes.agentId, 'KEYWORD');
const RUN_ID = defineSearchAttributeKey(SearchAttributes.runId, 'KEYWORD');

/** Limit of a search attribute's value on SQL databases. */
const MAX_SEARCHABLE_CHARS = 255;

/** A run while its workflow lives: its state, its messages, its watch, its calls to Duvo, and what Temporal shows. */
export class LiveRun {
  readonly memory: RunMemory;
  readonly messages: RunMessages;
  readonly watch: RunWatch;
  readonly remote: RemoteRun;
  /** Whether the workflow was cancelled. The loop in agent-run.ts reads it, so no call has to throw a cancellation. */
  cancelled = false;
  private cancelOutcome?: CancelOutcome;
  private shownGates: string;

  constructor(
    readonly plan: RunPlan,
    memory?: RunMemory,
  ) {
    this.memory = memory ?? newRunMemory(workflowInfo().workflowId, Date.now(), plan.agentId);
    this.shownGates = openGatesFingerprint(this.memory);
    this.remote = new RemoteRun(plan, this.memory);
    this.watch = new RunWatch(plan, this.memory);
    this.messages = setMessageHandlers(this.memory, () => this.cancelOutcome);
  }

  applyPolledRun(snapshot: RunSnapshot): void {
    applyPolledRun(this.memory, snapshot, Date.now(), this.plan.gateDueMs);
  }

  /** Polls the run now, and ends the wait of the messages that requested the poll. */
  async pollNow(): Promise<void> {
    this.watch.cancel();
    const pollNumber = this.messages.pollsRequested;
    // Without a run there is nothing to poll: the open gate is one of the workflow itself.
    if (!this.memory.runId) return this.messages.markPolled(pollNumber);
    try {
      const snapshot = await this.remote.poll();
      if (snapshot) this.applyPolledRun(snapshot);
      this.messages.markPolled(pollNumber);
    } catch (error) {
      if (!this.cancelled) throw error;
    }
  }

  /** Returns the milliseconds that are left for queue and agent together. The time of people does not count. */
  deadlineLeftMs(): number {
    const { deadlineMs } = this.plan;
    if (deadlineMs === undefined || this.memory.clocks.phase === 'human') return Infinity;
    const { queuedMs, agentMs } = clocksAt(this.memory, Date.now());
    return deadlineMs - queuedMs - agentMs;
  }

  /** Returns how long a call may be retried; `undefined` without a deadline. */
  callTimeoutMs(): number | undefined {
    const leftMs = this.deadlineLeftMs();
    return leftMs === Infinity ? undefined : Math.max(1, leftMs);
  }

  /** Makes the run searchable by its ids. An id that is too long for a search attribute is left out. */
  upsertRunIds(): void {
    const { agentId, runId } = this.memory;
    upsertSearchAttributes([
      ...(agentId ? [{ key: AGENT_ID, value: searchableOrNull(agentId) }] : []),
      { key: RUN_ID, value: searchableOrNull(runId) },
    ]);
  }

  /** Records the outcome of a cancellation in the memo, because a cancelled workflow has no result. */
  setCancelOutcome(outcome: CancelOutcome): void {
    this.cancelOutcome = outcome;
    upsertMemo({ [MemoKeys.cancel]: outcome });
  }

  /** Shows the run in Temporal's UI, without people's texts, and the open gates in visibility when they have changed. */
  updateVisibility(): void {
    const { runId, status, gates } = this.memory;
    setDetailsSection('Duvo run', [`\`${runId ?? 'not started'}\`: ${status}`]);
    if (gates.length > 0)
      setDetailsSection(
        'Gates',
        gates.map(({ gate }) => formatGateLine(gate)),
      );
    const openGates = openGatesFingerprint(this.memory);
    if (openGates === this.shownGates) return;
    this.shownGates = openGates;
    upsertOpenGates(this.memory);
  }
}

function searchableOrNull(id: string | undefined): string | null {
  return id !== undefined && id.length <= MAX_SEARCHABLE_CHARS ? id : null;
}
