import type { Client } from '@temporalio/client';
import { FailureTypes } from '../../contract/failures';
import { parseGateRef } from '../../contract/gate-refs';
import type { Gate, GateAnswer, SubmitAnswerResult } from '../../contract/gates';
import { Queries } from '../../contract/names';
import { GateError, InvalidInputError, isWorkflowNotFound } from '../errors';
import { queryWithRetry } from '../temporal/query-with-retry';
import { type ListedGate, listOpenGates, type ListGatesOptions } from './list-gates';
import { submitAnswer, unknownGateError } from './submit-answer';

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
    const gates = await queryGates(this.client, workflowId, ref);
    const gate = gates.find((one) => one.gateId === gateId);
    if (!gate) throw new GateError(FailureTypes.GateUnknown, `${workflowId} has not opened the gate ${gateId}`, ref);
    return gate;
  }

  /**
   * Answers a gate, and returns once Duvo (for a gate of a run) or the process has the answer.
   *
   * @throws GateError when the answer is refused, with the reason; WaitTimeoutError
   */
  answer(
    gate: string | Pick<Gate, 'ref'>,
    answer: Omit<GateAnswer, 'gateId'>,
    options?: { timeoutMs?: number },
  ): Promise<SubmitAnswerResult> {
    return submitAnswer(this.client, typeof gate === 'string' ? gate : gate.ref, answer, options);
  }
}

/** Reads all gates of a workflow, open and closed. @throws GateError when there is no such workflow; NoWorkerError */
export async function queryGates(client: Client, workflowId: string, ref = workflowId): Promise<Gate[]> {
  const handle = client.workflow.getHandle(workflowId);
  try {
    return await queryWithRetry(client, workflowId, () => handle.query<Gate[]>(Queries.gates));
  } catch (error) {
    // A process registers the query when it opens its first gate.
    if ((error as Error).name === 'QueryNotRegisteredError') return [];
    throw isWorkflowNotFound(error) ? unknownGateError(workflowId, ref) : error;
  }
}
