import { Context, getClient } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { DuvoClient } from '../duvo';
import { attemptAge, unchanged } from './failures';
import { cancellationSignal, httpAttempt } from './http-attempt';

/** How soon what is followed is looked at again: a tenth of how long it is followed so far, within bounds. Milliseconds. */
const SOONEST = 2_000;
const LATEST = 60_000;

/** What a batch needs besides its items: its pages, and the ends of what it did not start itself. */
export function createBatchActivities(client: DuvoClient) {
  return {
    /** The items of a page, from the workflow that holds them. */
    readBatchPage({ workflowId }: { workflowId: string }): Promise<{ first: number; items: unknown[] }> {
      return getClient().workflow.getHandle(workflowId).query('items');
    },

    /** Waits until a workflow has ended: its attempts are the looks. */
    async awaitWorkflow({ workflowId }: { workflowId: string }): Promise<{ status: string; type?: string }> {
      const handle = getClient().workflow.getHandle(workflowId);
      const { status } = await handle.describe();
      if (status.name === 'RUNNING') throw unchanged(workflowId, 'running', nextLook());
      return { status: status.name };
    },

    /** Waits until a case is done: its attempts are the looks. */
    async awaitCase({ caseId }: { caseId: string }): Promise<{ status: string }> {
      if (caseId === '') throw ApplicationFailure.nonRetryable('the case has no id', 'Duvo.ContractViolation');
      const minDelayMs = nextLook();
      const { case: found } = await httpAttempt(() => client.cases.get(caseId, { signal: cancellationSignal() }), {
        minDelayMs,
      });
      if (found.status === 'completed' || found.status === 'failed') return { status: found.status };
      throw unchanged(caseId, found.displayStatus ?? found.status, minDelayMs);
    },
  };
}

function nextLook(): number {
  const { attempt } = Context.current().info;
  return attempt === 1 ? SOONEST : Math.min(LATEST, Math.max(SOONEST, attemptAge() / 10));
}
