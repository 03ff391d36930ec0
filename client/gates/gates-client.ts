import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { findAnswerFormatProblem } from '../../contract/gates/answer-format';
import { FailureTypes, findDuvoFailure } from '../../contract/failures';
import { describeClosedGate } from '../../contract/gates/closed-gate-text';
import { parseGateRef } from '../../contract/gates/gate-refs';
import { type Gate, type GateAnswer, type SubmitAnswerResult } from '../../contract/gates/gates';
import type { ExportedReceipt } from '../../contract/gates/receipts';
import { Updates } from '../../contract/names';
import { commandLine } from '../../contract/text/command-line';
import { GateError, InvalidInputError, isWorkflowNotFound, WaitTimeoutError } from '../errors';
import { grpcCode, GrpcCodes } from '../../temporal/grpc-code';
import { describeWorkflow } from '../../temporal/memo-reader';
import type { WaitOptions } from '../temporal/with-timeout';
import type { WorkflowExecution } from '../temporal/workflow-execution';
import { notSentError, sendInTurn } from './answer-queue';
import { type ListedGate, listOpenGates, type ListGatesOptions } from './list-gates';
import { queryGates, readAllGates } from './read-gates';
import { readReceipts, type ReceiptsOptions } from './receipts';

/** Time to wait for the verdict on an answer, which follows its delivery to Duvo. */
const ANSWER_TIMEOUT_MS = 60_000;

/** Delay of an update that the server refused because the workflow has 10 updates under way. */
const EXHAUSTED_DELAY_MS = 500;

/** The gates of all runs and processes: lists them, reads them and answers them. */
export class GatesClient {
  constructor(private readonly client: Client) {}

  /** Lists the open gates, the longest open first, as visibility shows them (within a second or two). */
  list(options?: ListGatesOptions): AsyncIterable<ListedGate> {
    return listOpenGates(this.client, options);
  }

  /**
   * Reads a gate with its questions.
   *
   * @throws GateError `Duvo.GateUnknown` when there is no such gate, or no such workflow; NoWorkerError;
   * InvalidInputError when `ref` is not a gate's reference
   */
  async get(ref: string): Promise<Gate> {
    const { workflowId, gateId } = InvalidInputError.fromCheck(() => parseGateRef(ref));
    const [gate] = await queryGates(this.client, workflowId, { gateId }).catch((error: unknown) => {
      throw isWorkflowNotFound(error) ? unknownGateError(workflowId, ref) : error;
    });
    if (!gate) throw unopenedGateError(workflowId, gateId, ref);
    return gate;
  }

  /** Reads all gates of a workflow, open and closed; none when there is no such workflow. @throws NoWorkerError */
  async listOf(workflowId: string): Promise<Gate[]> {
    try {
      return await readAllGates((query) => queryGates(this.client, workflowId, query));
    } catch (error) {
      if (isWorkflowNotFound(error)) return [];
      throw error;
    }
  }

  /**
   * Reads the receipts of all decisions, workflow by workflow and each in the order of its chain.
   *
   * @throws InvalidInputError; NoWorkerError; any failure to read a workflow: receipts are never left out
   */
  receipts(options?: ReceiptsOptions): AsyncIterable<ExportedReceipt> {
    return readReceipts(this.client, options);
  }

  /**
   * Answers a gate, and returns once Duvo (for a gate of a run) or the process has the answer.
   *
   * @throws GateError when the answer is refused, with the reason; for a run that has ended its type is
   * `Duvo.GateClosed`
   * @throws WaitTimeoutError when no verdict arrives in time: the gate may have the answer nevertheless, unless the message
   * says that the answer was not sent
   * @throws InvalidInputError when the gate's reference is not one
   */
  answer(
    gate: string | Pick<Gate, 'ref'>,
    answer: Omit<GateAnswer, 'gateId'>,
    options?: WaitOptions,
  ): Promise<SubmitAnswerResult> {
    return submitAnswer(this.client, typeof gate === 'string' ? gate : gate.ref, answer, options);
  }
}

/**
 * Answers a gate by the update `submitAnswer`, as {@link GatesClient.answer} says.
 *
 * @param execution the execution of the workflow id that the answer is for. @default the latest one
 */
export async function submitAnswer(
  client: Client,
  ref: string,
  answer: Omit<GateAnswer, 'gateId'>,
  { timeoutMs = ANSWER_TIMEOUT_MS }: WaitOptions = {},
  execution?: WorkflowExecution,
): Promise<SubmitAnswerResult> {
  const { workflowId, gateId } = InvalidInputError.fromCheck(() => parseGateRef(ref));
  // Temporal refuses a message that is too large without naming the cause.
  const problem = findAnswerFormatProblem({ ...answer, gateId });
  if (problem) throw new GateError(FailureTypes.AnswerInvalid, problem, ref);
  const deadline = Date.now() + timeoutMs;
  const send = () =>
    client.withDeadline(deadline, async () => {
      const handle = execution ? await execution.lastRun() : client.workflow.getHandle(workflowId);
      const options = { args: [{ ...answer, gateId }] as [GateAnswer], updateId: randomUUID() };
      return retryWhileExhausted(
        () => handle.executeUpdate<SubmitAnswerResult, [GateAnswer]>(Updates.submitAnswer, options),
        workflowId,
        deadline,
      );
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
          'before you answer again, since it may have the answer',
      );
    }
    throw error;
  }
}

function unopenedGateError(workflowId: string, gateId: string, ref: string): GateError {
  const problem = `${workflowId} has not opened the gate ${gateId}: see ${commandLine('gate', 'list')}`;
  return new GateError(FailureTypes.GateUnknown, problem, ref);
}

/** The error for a gate of a workflow that Temporal does not have. */
function unknownGateError(workflowId: string, ref: string): GateError {
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
    const end = 'the answer came too late: the workflow of the gate has ended';
    return new GateError(FailureTypes.GateClosed, gate?.status === 'closed' ? describeClosedGate(gate) : end, ref);
  } catch (error) {
    if (!isWorkflowNotFound(error)) throw error;
    return unknownGateError(workflowId, ref);
  }
}

/** Retries while the server refuses the update because as many updates of the workflow are under way as it allows. */
async function retryWhileExhausted<T>(update: () => Promise<T>, workflowId: string, deadline: number): Promise<T> {
  for (;;) {
    try {
      return await update();
    } catch (error) {
      const isExhausted = grpcCode(error) === GrpcCodes.RESOURCE_EXHAUSTED;
      if (!isExhausted) throw error;
      if (Date.now() + EXHAUSTED_DELAY_MS >= deadline) throw notSentError(workflowId);
      await new Promise((resolve) => setTimeout(resolve, EXHAUSTED_DELAY_MS));
    }
  }
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
