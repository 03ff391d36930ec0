import type { Priority } from '@temporalio/common';
import {
  ChildWorkflowCancellationType,
  ParentClosePolicy,
  WorkflowIdReusePolicy,
  workflowInfo,
} from '@temporalio/workflow';
import { AGENT_RUN_WORKFLOW_TYPE, MemoKeys } from '../../contract/names';
import type { AgentRunInput, OutputPolicy } from '../../contract/run-input';
import { parseRunInput } from '../../contract/run-plan';
import type { AgentRunResult } from '../../contract/runs';
import { resolveStarter, starterMemo } from '../gates/starter';
import { executeCancellableChild } from './child-workflows';
import { nextCallKey } from './resource-activities';

export interface RunAgentOptions {
  /** Priority of the child and of its activities. @default the parent's */
  priority?: Priority;
}

/**
 * Runs a Duvo agent from a user's own workflow, as a child workflow `agentRun`, and returns its result.
 *
 * With an output schema, `output` of the result is the parsed JSON of the agent's last message, of the type that the
 * caller gives; the schema is checked, but the type is not compared with the schema. Without an output schema, `output`
 * is the text of the last message.
 *
 * ```ts
 * const { output } = await runAgent<{ total: number }>({ agentId: READER, output: { schema: READING } });
 * ```
 *
 * - A cancellation of the parent, or of its scope, stops the Duvo run, and waits until the stop is confirmed. When the
 *   parent is terminated or times out, the Duvo run is stopped without the wait.
 * - The key of the start is made from the parent's workflow id, its `originalExecutionRunId` and the number of the call.
 *   The child's workflow id is made from the same parts. So after a reset of the parent, the new child takes the place of
 *   the former one, and adopts its Duvo run if the call has the same input.
 *
 * @throws ApplicationFailure `Duvo.InvalidInput` before anything is started
 * @throws ChildWorkflowFailure whose cause is an ApplicationFailure with one of `FailureTypes`, such as `Duvo.RunFailed`
 */
export function runAgent<T = unknown>(
  input: AgentRunInput & { output: OutputPolicy },
  options?: RunAgentOptions,
): Promise<AgentRunResult<T>>;
export function runAgent(
  input: AgentRunInput & { output?: undefined },
  options?: RunAgentOptions,
): Promise<AgentRunResult>;
export function runAgent(input: AgentRunInput, options?: RunAgentOptions): Promise<AgentRunResult<unknown>>;
export async function runAgent(
  input: AgentRunInput,
  { priority }: RunAgentOptions = {},
): Promise<AgentRunResult<unknown>> {
  resolveStarter(parseRunInput(input).gatePolicy, 'gate.');
  const { workflowId, runId, originalExecutionRunId } = workflowInfo();
  const { step, key: defaultKey } = nextCallKey();
  const key = input.runId ? undefined : (input.key ?? defaultKey);
  return executeCancellableChild<(input: AgentRunInput) => Promise<AgentRunResult<unknown>>>(AGENT_RUN_WORKFLOW_TYPE, {
    ...(priority && { priority }),
    args: [{ ...input, ...(key && { key }) }],
    workflowId: `${workflowId}/${originalExecutionRunId.slice(0, 8)}-${step}`,
    // A reset leaves the former child running. The new child inherits its Duvo run.
    workflowIdReusePolicy: WorkflowIdReusePolicy.TERMINATE_IF_RUNNING,
    // Only after a reset can a former child exist, so other children need not look for one.
    memo: { ...starterMemo(), ...(runId === originalExecutionRunId && { [MemoKeys.former]: '' }) },
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
  });
}
