import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, WorkflowClientInterceptor } from '@temporalio/client';
import { findHang, hasTimedOut, type HistoryEvent, isClosed, startedChildIds } from './workflow-history';

const CHECK_INTERVAL_MS = 200;

/** Limit of the histories that are read in one check, so that a large batch does not slow its own test down. */
const MAX_HISTORIES_PER_CHECK = 10;

/**
 * Finds workflows that can never end. Temporal retries a failed workflow task for ever, because an operator can deploy
 * corrected code. In a test nobody does, so the test would hang. The monitor knows the workflows that were started through
 * the environment's client, and their child workflows.
 */
export class WorkflowMonitor {
  /** Ids of the open workflows. Each check moves the ids that it has read to the end. */
  private readonly openIds = new Set<string>();
  /** Child workflows that the test terminated. */
  private readonly terminatedIds = new Set<string>();

  /** @param reportsTermination whether the server reports the termination of a child workflow to its parent */
  constructor(private readonly reportsTermination: boolean) {}

  /** Adds the workflows that a client starts to the monitor. */
  readonly interceptor: WorkflowClientInterceptor = {
    startWithDetails: (input, next) => {
      this.openIds.add(input.options.workflowId);
      return next(input);
    },
    signalWithStart: (input, next) => {
      this.openIds.add(input.options.workflowId);
      return next(input);
    },
    startUpdateWithStart: (input, next) => {
      this.openIds.add(input.workflowStartOptions.workflowId);
      return next(input);
    },
    terminate: async (input, next) => {
      const response = await next(input);
      if (!this.reportsTermination) this.terminatedIds.add(input.workflowExecution.workflowId ?? '');
      return response;
    },
  };

  /** Runs `work`. @throws Error with the reason when a workflow can never end; the open workflows are then terminated */
  async guard<T>(client: Client, work: () => Promise<T>): Promise<T> {
    const ended = new AbortController();
    const hang = this.watch(client, ended.signal);
    try {
      return await Promise.race([work(), hang.then(() => new Promise<never>(() => undefined))]);
    } catch (error) {
      // The time-skipping server may skip to the timeout of a workflow that cannot run before the monitor has read it.
      const reason = await this.findReason(client);
      throw reason === undefined ? error : new Error(reason, { cause: error });
    } finally {
      ended.abort();
      this.openIds.clear();
      await hang.catch(() => undefined);
    }
  }

  /** Checks the workflows until the signal is aborted. @throws Error with the reason when a workflow can never end */
  private async watch(client: Client, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const reason = await this.findReason(client);
      if (reason !== undefined) {
        await this.terminateAll(client, reason);
        throw new Error(reason);
      }
      await sleep(CHECK_INTERVAL_MS, undefined, { ref: false });
    }
  }

  private async findReason(client: Client): Promise<string | undefined> {
    for (const workflowId of [...this.openIds].slice(0, MAX_HISTORIES_PER_CHECK)) {
      const reason = await this.check(client, workflowId);
      if (reason !== undefined) return reason;
    }
    return undefined;
  }

  /** @returns the reason why the workflow can never end, if there is one */
  private async check(client: Client, workflowId: string): Promise<string | undefined> {
    let events: HistoryEvent[];
    try {
      events = (await client.workflow.getHandle(workflowId).fetchHistory()).events ?? [];
    } catch {
      // The workflow does not exist yet, or the server is stopping.
      return undefined;
    }
    this.openIds.delete(workflowId);
    for (const childId of startedChildIds(events)) this.openIds.add(childId);
    if (isClosed(events) && !hasTimedOut(events)) return undefined;
    this.openIds.add(workflowId);
    return findHang(workflowId, events, this.terminatedIds);
  }

  /** Terminates the open workflows, so that a client which waits for their results receives a failure. */
  private async terminateAll(client: Client, reason: string): Promise<void> {
    const ids = [...this.openIds];
    this.openIds.clear();
    for (const id of ids)
      await client.workflow
        .getHandle(id)
        .terminate(reason)
        .catch(() => undefined);
  }
}
