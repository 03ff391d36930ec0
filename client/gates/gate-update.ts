import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { FailureTypes, findDuvoFailure } from '../../contract/failures';
import { describeClosedGate } from '../../contract/gates/closed-gate-text';
import { parseGateRef } from '../../contract/gates/gate-refs';
import { commandLine } from '../../contract/text/command-line';
import { GateError, InvalidInputError, isWorkflowNotFound, WaitTimeoutError } from '../errors';
import { grpcCode, GrpcCodes } from '../../temporal/grpc-code';
import { describeWorkflow } from '../../temporal/memo-reader';
import type { WaitOptions } from '../temporal/with-timeout';
import type { WorkflowExecution } from '../temporal/workflow-execution';
import { notSentError, sendInTurn } from './answer-queue';
import { queryGates } from './read-gates';

/** Time to wait for the verdict on an answer, which follows its delivery to Duvo. */
const ANSWER_TIMEOUT_MS = 60_000;

/** Delay before an update that the server did not admit is sent again. */
const RETRY_DELAY_MS = 500;

/** An update of a gate, such as an answer. */
export interface GateUpdate {
  name: string;
  /** The gate's reference. */
  ref: string;
  /** The payload of the update without `gateId`. */
  payload: object;
  /** Returns what is wrong with the form of a payload, with its failure type; `undefined` when the form is right. */
  findProblem: (payload: object) => { type: string; reason: string } | undefined;
}

/**
 * Sends an update of a gate, and returns its result.
 *
 * @param execution the execution of the workflow id that the update is for. @default the latest one
 * @throws GateError, WaitTimeoutError, InvalidInputError as {@link GatesClient.answer}
 */
export async function updateGate<T>(
  client: Client,
  { name, ref, payload: given, findProblem }: GateUpdate,
  { timeoutMs = ANSWER_TIMEOUT_MS }: WaitOptions = {},
  execution?: WorkflowExecution,
): Promise<T> {
  const { workflowId, gateId } = InvalidInputError.fromCheck(() => parseGateRef(ref));
  const payload = { ...given, gateId };
  // Temporal refuses a message that is too large without naming the cause.
  const problem = findProblem(payload);
  if (problem) throw new GateError(problem.type, problem.reason, ref);
  const deadline = Date.now() + timeoutMs;
  const send = () =>
    client.withDeadline(deadline, async () => {
      const handle = execution ? await execution.lastRun() : client.workflow.getHandle(workflowId);
      const options = { args: [payload] as [object], updateId: randomUUID() };
      return retryWhileNotAdmitted(() => handle.executeUpdate<T, [object]>(name, options), workflowId, deadline);
    });
  try {
    return await sendInTurn(client, workflowId, deadline, send);
  } catch (error) {
    const rejection = findDuvoFailure(error);
    if (rejection?.type === FailureTypes.GateUnknown) throw unopenedGateError(workflowId, gateId, ref);
    if (rejection) throw new GateError(rejection.type ?? '', rejection.message ?? '', ref);
    if (isUpdateNotRegistered(error))
      throw new GateError(FailureTypes.GateUnknown, `${workflowId} has not opened a gate yet`, ref);
    if (isWorkflowNotFound(error)) throw await gateClosedOrUnknownError(client, workflowId, gateId, ref);
    if (isTimeout(error)) {
      throw new WaitTimeoutError(
        `gate ${ref} returned no verdict within ${timeoutMs / 1000} s: check that a worker is running, and read the gate ` +
          'before you send it again, since it may have taken effect',
      );
    }
    throw error;
  }
}

/** The error for a gate that its workflow has not opened. */
export function unopenedGateError(workflowId: string, gateId: string, ref: string): GateError {
  const problem = `${workflowId} has not opened the gate ${gateId}: see ${commandLine('gate', 'list')}`;
  return new GateError(FailureTypes.GateUnknown, problem, ref);
}

/** The error for a gate of a workflow that Temporal does not have. */
export function unknownGateError(workflowId: string, ref: string): GateError {
  const problem = `there is no workflow with the id '${workflowId}': see ${commandLine('gate', 'list')}`;
  return new GateError(FailureTypes.GateUnknown, problem, ref);
}

async function gateClosedOrUnknownError(
  client: Client,
  workflowId: string,
  gateId: string,
  ref: string,
): Promise<GateError> {
  try {
    await describeWorkflow(client, workflowId);
    // The outcome is an extra of the error: without a worker, the refusal is the same.
    const [gate] = await queryGates(client, workflowId, { gateId }).catch(() => []);
    const end = 'the message came too late: the workflow of the gate has ended';
    return new GateError(FailureTypes.GateClosed, gate?.status === 'closed' ? describeClosedGate(gate) : end, ref);
  } catch (error) {
    if (!isWorkflowNotFound(error)) throw error;
    return unknownGateError(workflowId, ref);
  }
}

/**
 * Retries while as many updates of the workflow are under way as the server allows, and after the server aborted an update
 * that no workflow task had accepted. The update keeps its id, so the workflow accepts it once.
 */
async function retryWhileNotAdmitted<T>(update: () => Promise<T>, workflowId: string, deadline: number): Promise<T> {
  for (;;) {
    try {
      return await update();
    } catch (error) {
      const isExhausted = grpcCode(error) === GrpcCodes.RESOURCE_EXHAUSTED;
      const isLate = Date.now() + RETRY_DELAY_MS >= deadline;
      if (isExhausted && isLate) throw notSentError(workflowId);
      if (isLate || !(isExhausted || isAborted(error))) throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_DELAY_MS));
    }
  }
}

/** Whether the server dropped the update, as it does under load with updates that it has not written to the history. */
function isAborted(error: unknown): boolean {
  const { cause } = (error ?? {}) as { cause?: { message?: string } };
  return grpcCode(error) === GrpcCodes.UNAVAILABLE && /update was aborted/.test(cause?.message ?? '');
}

/** A process registers the update when it opens its first gate. */
function isUpdateNotRegistered(error: unknown): boolean {
  const { cause } = (error ?? {}) as { cause?: { message?: string } };
  return /^No registered handler for update/.test(cause?.message ?? '');
}

function isTimeout(error: unknown): boolean {
  const { name } = (error ?? {}) as { name?: string };
  return name === 'WorkflowUpdateRPCTimeoutOrCancelledError' || grpcCode(error) === GrpcCodes.DEADLINE_EXCEEDED;
}
