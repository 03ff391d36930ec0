import type { Client } from '@temporalio/client';
import { findAnswerFormatProblem } from '../../contract/gates/answer-format';
import { type ChangeKind, findChangeFormatProblem } from '../../contract/gates/change-format';
import { FailureTypes } from '../../contract/failures';
import type {
  ChangeGateResult,
  GateExtension,
  GateReassignment,
  GateWithdrawal,
} from '../../contract/gates/gate-changes';
import { parseGateRef } from '../../contract/gates/gate-refs';
import type { ListedGate } from '../../contract/gates/gate-summary';
import { type Gate, type GateAnswer, type SubmitAnswerResult } from '../../contract/gates/gates';
import type { ExportedReceipt } from '../../contract/gates/receipts';
import { Updates } from '../../contract/names';
import { InvalidInputError, isWorkflowNotFound } from '../errors';
import type { WaitOptions } from '../temporal/with-timeout';
import type { WorkflowExecution } from '../temporal/workflow-execution';
import { unknownGateError, unopenedGateError, updateGate } from './gate-update';
import { listOpenGates, type ListGatesOptions } from './list-gates';
import { queryGates, readAllGates } from './read-gates';
import { readReceipts, type ReceiptsOptions } from './receipts';

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

  /**
   * Changes who may answer an open gate. Answers that were counted before stay counted.
   *
   * @throws GateError when the change is refused, with the reason; the other errors are those of {@link answer}
   */
  reassign(
    gate: string | Pick<Gate, 'ref'>,
    change: Omit<GateReassignment, 'gateId'>,
    options?: WaitOptions,
  ): Promise<ChangeGateResult> {
    return changeGate(this.client, 'reassignGate', gate, change, options);
  }

  /** Moves the due time of an open gate. @throws as {@link reassign} */
  extend(
    gate: string | Pick<Gate, 'ref'>,
    change: Omit<GateExtension, 'gateId'>,
    options?: WaitOptions,
  ): Promise<ChangeGateResult> {
    return changeGate(this.client, 'extendGate', gate, change, options);
  }

  /** Closes an open gate of a process without an answer. @throws as {@link reassign}, also for a gate of a run */
  withdraw(
    gate: string | Pick<Gate, 'ref'>,
    change: Omit<GateWithdrawal, 'gateId'>,
    options?: WaitOptions,
  ): Promise<ChangeGateResult> {
    return changeGate(this.client, 'withdrawGate', gate, change, options);
  }
}

/**
 * Answers a gate by the update `submitAnswer`, as {@link GatesClient.answer} says.
 *
 * @param execution the execution of the workflow id that the answer is for. @default the latest one
 */
export function submitAnswer(
  client: Client,
  ref: string,
  answer: Omit<GateAnswer, 'gateId'>,
  options?: WaitOptions,
  execution?: WorkflowExecution,
): Promise<SubmitAnswerResult> {
  const findProblem = (payload: object) => {
    const reason = findAnswerFormatProblem(payload);
    return reason === undefined ? undefined : { type: FailureTypes.AnswerInvalid, reason };
  };
  return updateGate(client, { name: Updates.submitAnswer, ref, payload: answer, findProblem }, options, execution);
}

function changeGate(
  client: Client,
  kind: ChangeKind,
  gate: string | Pick<Gate, 'ref'>,
  change: object,
  options?: WaitOptions,
): Promise<ChangeGateResult> {
  const findProblem = (payload: object) => {
    const reason = findChangeFormatProblem(kind, payload);
    return reason === undefined ? undefined : { type: FailureTypes.ChangeInvalid, reason };
  };
  const ref = typeof gate === 'string' ? gate : gate.ref;
  return updateGate(client, { name: Updates[kind], ref, payload: change, findProblem }, options);
}
