import type { Client } from '@temporalio/client';
import { FailureTypes, findDuvoFailure } from '../../contract/failures';
import { parseGateRef } from '../../contract/gate-refs';
import type { GateAnswer, SubmitAnswerResult } from '../../contract/gates';
import { Updates } from '../../contract/names';
import { GateError, InvalidInputError, isWorkflowNotFound, WaitTimeoutError } from '../errors';
import { type Execution, getExecutionHandle } from '../temporal/execution';

/** Time to wait for the verdict on an answer, which follows its delivery to Duvo. */
const ANSWER_TIMEOUT_MS = 60_000;

/**
 * Answers a gate by the update `submitAnswer`, and returns the outcome.
 *
 * @param execution the execution of the workflow id that the answer is for. @default the latest one
 * @throws GateError when the answer is refused; for a run that has ended its type is `Duvo.GateClosed`
 * @throws WaitTimeoutError when no verdict arrives in time: the gate may have the answer nevertheless
 * @throws InvalidInputError when `ref` is not a gate's reference
 */
export async function submitAnswer(
  client: Client,
  ref: string,
  answer: Omit<GateAnswer, 'gateId'>,
  { timeoutMs = ANSWER_TIMEOUT_MS }: { timeoutMs?: number } = {},
  execution?: Execution,
): Promise<SubmitAnswerResult> {
  const { workflowId, gateId } = InvalidInputError.fromCheck(() => parseGateRef(ref));
  try {
    return await client.withDeadline(Date.now() + timeoutMs, async () => {
      const handle = await getExecutionHandle(client, workflowId, execution);
      return handle.executeUpdate<SubmitAnswerResult, [GateAnswer]>(Updates.submitAnswer, {
        args: [{ ...answer, gateId }],
      });
    });
  } catch (error) {
    const rejection = findDuvoFailure(error);
    if (rejection) throw new GateError(rejection.type ?? '', rejection.message ?? '', ref);
    if (isUpdateNotRegistered(error))
      throw new GateError(FailureTypes.GateUnknown, `${workflowId} has not opened a gate yet`, ref);
    if (isWorkflowNotFound(error)) throw await gateClosedOrUnknownError(client, workflowId, ref);
    if (isTimeout(error)) {
      throw new WaitTimeoutError(
        `gate ${ref} returned no verdict within ${timeoutMs / 1000} s: check that a worker is running, and read the gate ` +
          'before you answer again, since it may have the answer',
      );
    }
    throw error;
  }
}

/** The error for a gate of a workflow that Temporal does not have. */
export function unknownGateError(workflowId: string, ref: string): GateError {
  const problem = `there is no workflow with the id '${workflowId}': see duvo-temporal gate list`;
  return new GateError(FailureTypes.GateUnknown, problem, ref);
}

async function gateClosedOrUnknownError(client: Client, workflowId: string, ref: string): Promise<GateError> {
  try {
    await client.workflow.getHandle(workflowId).describe();
    return new GateError(FailureTypes.GateClosed, 'the answer came too late: the workflow of the gate has ended', ref);
  } catch (error) {
    if (!isWorkflowNotFound(error)) throw error;
    return unknownGateError(workflowId, ref);
  }
}

/** A process registers the update when it opens its first gate. */
function isUpdateNotRegistered(error: unknown): boolean {
  const { cause } = (error ?? {}) as { cause?: { message?: string } };
  return /^No registered handler for update/.test(cause?.message ?? '');
}

function isTimeout(error: unknown): boolean {
  const { name, code, cause } = (error ?? {}) as { name?: string; code?: unknown; cause?: { code?: unknown } };
  const DEADLINE_EXCEEDED = 4;
  return (
    name === 'WorkflowUpdateRPCTimeoutOrCancelledError' ||
    code === DEADLINE_EXCEEDED ||
    cause?.code === DEADLINE_EXCEEDED
  );
}
