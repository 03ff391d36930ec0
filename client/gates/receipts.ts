import type { Client } from '@temporalio/client';
import type { ExportedReceipt, GateReceipt, ReceiptsPage, ReceiptsQuery } from '../../contract/gates/receipts';
import { Queries, SearchAttributes } from '../../contract/names';
import { mapInOrder } from '../temporal/map-in-order';
import { memoReader } from '../../temporal/memo-reader';
import { queryWithRetry } from '../temporal/query-with-retry';
import { joinConditions, toQueryTime } from '../temporal/visibility';
import { emptyBeforeFirstGate } from './read-gates';

export interface ReceiptsOptions {
  /** Only decisions at this time or later. @default the oldest within the namespace's retention */
  since?: Date;
  /** Only decisions before this time. @default now */
  until?: Date;
}

interface Execution {
  workflowId: string;
  runId: string;
  startedAt: number;
}

/**
 * Reads the receipts of all workflows with gates, open and closed, workflow by workflow and each in the order of its chain.
 * A worker must be running for each workflow, since a query reads them from the replayed history.
 *
 * @throws InvalidInputError; NoWorkerError; any failure to read one workflow, because a list that lacks it would be wrong
 */
export async function* readReceipts(
  client: Client,
  { since, until }: ReceiptsOptions = {},
): AsyncGenerator<ExportedReceipt> {
  const executions = listExecutions(client, toQueryTime('since', since), toQueryTime('until', until));
  let workflowId: string | undefined;
  // An execution that was reset shares its first receipts with the one that continues in its place.
  let seen = new Set<string>();
  for await (const execution of mapInOrder(executions, (one) => readExecution(client, one))) {
    if (execution.workflowId !== workflowId) [workflowId, seen] = [execution.workflowId, new Set()];
    for (const receipt of execution.receipts) {
      if (seen.has(receipt.hash)) continue;
      seen.add(receipt.hash);
      const at = Date.parse(receipt.at);
      if (at >= (since?.getTime() ?? -Infinity) && at < (until?.getTime() ?? Infinity)) yield receipt;
    }
  }
}

/** Lists the executions that may have receipts: those of one workflow follow each other, the oldest first. */
async function* listExecutions(client: Client, since?: string, until?: string): AsyncGenerator<Execution> {
  // An execution has the search attribute from its first gate on, and continue-as-new carries it.
  const query = joinConditions(
    `${SearchAttributes.openGates} >= 0`,
    until && `StartTime < '${until}'`,
    since && `(ExecutionStatus = 'Running' OR CloseTime >= '${since}')`,
  );
  const byWorkflow = new Map<string, Execution[]>();
  for await (const { workflowId, runId, startTime } of memoReader(client).list({ query })) {
    const execution = { workflowId, runId, startedAt: startTime.getTime() };
    const group = byWorkflow.get(workflowId);
    if (group) group.push(execution);
    else byWorkflow.set(workflowId, [execution]);
  }
  const groups = [...byWorkflow.values()];
  for (const group of groups) group.sort((one, other) => one.startedAt - other.startedAt);
  groups.sort(([one], [other]) => (one?.startedAt ?? 0) - (other?.startedAt ?? 0));
  yield* groups.flat();
}

async function readExecution(
  client: Client,
  { workflowId, runId }: Execution,
): Promise<{ workflowId: string; receipts: ExportedReceipt[] }> {
  const handle = client.workflow.getHandle(workflowId, runId);
  const receipts: ExportedReceipt[] = [];
  for (;;) {
    const after = receipts.at(-1)?.n ?? 0;
    const page = await emptyBeforeFirstGate(
      queryWithRetry(
        client,
        workflowId,
        () => handle.query<ReceiptsPage, [ReceiptsQuery]>(Queries.receipts, { after }),
        { runId },
      ),
      { receipts: [] },
    );
    const isFirst = receipts.length === 0;
    receipts.push(...page.receipts.map((one, at) => (isFirst && at === 0 ? withOmitted(one, page) : one)));
    if (!page.more) return { workflowId, receipts };
  }
}

function withOmitted(receipt: GateReceipt, { omitted }: ReceiptsPage): ExportedReceipt {
  return { ...receipt, ...(omitted && { omitted }) };
}
