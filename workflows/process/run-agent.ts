import type { Priority } from '@temporalio/common';
import { ChildWorkflowCancellationType, ParentClosePolicy, uuid4, workflowInfo } from '@temporalio/workflow';
import type { agentRun } from '../run/agent-run';
import { parseRunInput } from '../../contract/run-input';
import { executeCancellableChild } from './child-cancel';
import { AGENT_RUN_WORKFLOW_TYPE } from '../../contract/names';
import type { AgentRunInput, AgentRunResult } from '../../contract/runs';
import { nextCallKey } from './call-key';

/**
 * Runs a Duvo agent from a user's own workflow: a child workflow `agentRun`, whose result it returns.
 *
 * - Cancelling the parent (or its scope) stops the Duvo run, and waits until that is confirmed. So does ending the
 *   parent by a termination or time-out, without the waiting.
 * - The start's key is made here from the parent's id, `originalExecutionRunId` and the number of the call. So a parent
 *   that was reset adopts the Duvo run which its former child started, provided that it asks for the same again. The
 *   child's id is random and replays as it was; after a reset it is new, and does not meet the former child's.
 *
 * @param options `priority` of the child and its activities, in place of the parent's, which they inherit otherwise
 * @throws ApplicationFailure `Duvo.InvalidInput` before anything is started
 * @throws ChildWorkflowFailure whose cause is an ApplicationFailure of a type of `FailureTypes`, e.g. `Duvo.RunFailed`
 */
export async function runAgent(input: AgentRunInput, options: { priority?: Priority } = {}): Promise<AgentRunResult> {
  parseRunInput(input);
  const { workflowId } = workflowInfo();
  const { step, key: defaultKey } = nextCallKey();
  const key = input.runId ? undefined : (input.key ?? defaultKey);
  return executeCancellableChild<typeof agentRun>(AGENT_RUN_WORKFLOW_TYPE, {
    ...(options.priority && { priority: options.priority }),
    args: [{ ...input, ...(key && { key }) }],
    workflowId: `${workflowId}/${step}-${uuid4()}`,
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
  });
}
