import { ApplicationFailure } from '@temporalio/common';
import type { DuvoClient, NewCase } from '../../duvo';
import { callMutation, type Keyed } from '../resource-calls';

export interface BatchCase {
  queueId: string;
  case: NewCase;
}

/**
 * Creates the case of an item. A dialect without `cases.get` is refused before the creation, because nothing could show
 * the end of the case.
 */
export function createBatchCase(
  client: DuvoClient,
  { queueId, case: content, key }: Keyed<BatchCase>,
): Promise<{ caseId: string }> {
  return callMutation('createCases', 'cases.create', key, [queueId, content], async (options) => {
    client.requireOperation('cases.get');
    const [created] = await client.cases.create({ queueId, cases: [content] }, options);
    if (!created?.id)
      throw ApplicationFailure.nonRetryable('created case: the response has no id', 'Duvo.ContractViolation');
    return { caseId: created.id };
  });
}
