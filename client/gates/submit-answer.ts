import type { Client } from '@temporalio/client';
import type { SubmitAnswerResult, GateAnswer } from '../../contract/gates';
import { FailureTypes } from '../../contract/failures';
import { Updates } from '../../contract/names';
import { type Execution, getExecutionHandle } from '../execution';
import { GateError, isWorkflowNotFound, findDuvoFailure, WaitTimeoutError, InvalidInputError } from '../errors';
import { parseGateRef } from '../../contract/gate-refs';

/** How long an answer's verdict is waited for, in milliseconds: it comes after the delivery to Duvo. */
const ANSWER_TIMEOUT_MS = 60_000;

/**
 * Answers a gate by update, and comes back with what became of it.
 *
 * @param execution of the workflow id. @default the latest
 * @throws GateError when it is refused; an answer to a run that has ended is `Duvo.GateClosed`
 * @throws WaitTimeoutError when there is no verdict in time: the answer may have been taken
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
      throw new GateError(FailureTypes.GateUnknown, 'no gate has been opened there', ref);
    if (isWorkflowNotFound(error)) throw await gateClosedOrUnknownError(client, workflowId, ref);
    if (isTimeout(error)) {
      throw new WaitTimeoutError(
        `no verdict on gate ${ref} after ${timeoutMs / 1000} s: is a worker running? The answer may have been taken; look at the gate`,
      );
    }
    throw error;
  }
}

async function gateClosedOrUnknownError(client: Client, workflowId: string, ref: string): Promise<GateError> {
  try {
    await client.workflow.getHandle(workflowId).describe();
    return new GateError(FailureTypes.GateClosed, 'too late: its workflow has ended', ref);
  } catch (error) {
    if (!isWorkflowNotFound(error)) throw error;
    return new GateError(
      FailureTypes.GateUnknown,
      `there is no workflow with the id '${workflowId}': see duvo-temporal gate list`,
      ref,
    );
  }
}

/** A process takes answers from its first gate on. */
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
