import { Context, getClient } from '@temporalio/activity';
import { runHttpAttempt } from '../http-attempt';
import { unchangedFailure } from '../to-failure';
import { nextPollDelayMs } from './next-poll-delay';
import { describeWorkflow, type WorkflowSnapshot } from './workflow-snapshot';

export interface AwaitWorkflowInput {
  workflowId: string;
  /** Digest of the input that is expected. A workflow with another input is returned at once. */
  digest?: string;
}

export interface AwaitedWorkflow extends WorkflowSnapshot {
  /** The workflow had ended before the wait for it was scheduled. Both times come from the Temporal server. */
  hadEnded?: true;
}

/** Waits until a workflow has ended or was deleted (`GONE`). Each attempt is one poll. */
export function awaitWorkflow({ workflowId, digest }: AwaitWorkflowInput): Promise<AwaitedWorkflow> {
  return runHttpAttempt(async () => {
    const snapshot = await describeWorkflow(getClient(), workflowId);
    const isExpected = digest === undefined || snapshot.inputDigest === digest;
    if (snapshot.status === 'RUNNING' && isExpected)
      throw unchangedFailure(`workflow ${workflowId}`, 'running', nextPollDelayMs());
    const hadEnded = Date.parse(snapshot.endedAt ?? '') <= Context.current().info.scheduledTimestampMs;
    return { ...snapshot, ...(hadEnded && { hadEnded }) };
  });
}
