import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import type { StartRunInput as StartContent } from '../../../duvo';
import { quoteQueryText } from '../../../temporal/query-text';
import { inspectExecution } from './inspect-execution';
import type { SentStart } from './read-sent-start';
import { isUnimplemented, listExecutions, temporalClient } from '../search/temporal-client';

/** What the former workflows of the same workflow id left open, which the next one inherits. */
export interface FormerStart {
  /** A run that may be active. `isSameStart`: the same start created the run, before its workflow was reset. */
  run?: { runId: string; isSameStart: boolean };
  /**
   * A start whose run is not known, and which was sent after the start of `run`. `key` and `sentAtMs` are those of the
   * oldest such start, `closedAtMs` is the end of the latest execution that left one.
   */
  start?: { key: string; sentAtMs: number; closedAtMs: number };
}

/**
 * Maximum number of former executions that are inspected, each with about three requests. The search goes back only until
 * one of them ended a run of the same content, or left a run that is inherited.
 */
const MAX_FORMER_EXECUTIONS = 100;

/** More former executions exist than are inspected, and none of those that were inspected decides what the start does. */
export class TooManyExecutionsError extends Error {
  constructor(workflowId: string) {
    super(
      `the latest ${MAX_FORMER_EXECUTIONS} executions of workflow ${workflowId} do not show whether an earlier one left a run open`,
    );
  }
}

/** How long visibility is queried until it shows this execution, and so the ones before it. */
const MAX_VISIBILITY_LAG_MS = 3_000;
const VISIBILITY_RETRY_DELAY_MS = 100;

/**
 * Finds what the former executions of this workflow id left open: a run that nobody stopped, or a start whose response was
 * not received. A start with other content is another piece of work, which is not inherited.
 *
 * @throws TooManyExecutionsError
 * @param hint Temporal's run id of the latest former execution, which visibility may not show yet. '' when the client knows that no
 * former execution exists: nothing is searched then. Absent when the client does not know: visibility is searched.
 */
export async function findFormerStart(key: string, content: StartContent, hint?: string): Promise<FormerStart> {
  const { workflowExecution } = Context.current().info;
  const client = temporalClient();
  const former: FormerStart = {};
  if (!client || !workflowExecution || hint === '') return former;
  const { workflowId, runId: ownRunId } = workflowExecution;
  const inspected = new Set<string>();
  const executions = await listFormerExecutions(client, workflowId, ownRunId, hint);
  for (const [nth, executionRunId] of executions.entries()) {
    if (nth >= MAX_FORMER_EXECUTIONS) throw new TooManyExecutionsError(workflowId);
    Context.current().cancellationSignal.throwIfAborted();
    const remains = await inspectExecution(client, workflowId, executionRunId, key, inspected);
    if (remains.kind === 'not-started') continue;
    const { start } = remains;
    if (start && !hasSameContent(start, content)) continue;
    if (remains.kind === 'ended') return former;
    if (remains.kind === 'run') return { ...former, run: { runId: remains.runId, isSameStart: start?.key === key } };
    const { closedAtMs } = remains;
    // The earliest of the open starts: those after it, which inherited it, had the same key.
    former.start = {
      key: remains.start.key,
      sentAtMs: remains.start.sentAtMs,
      closedAtMs: former.start?.closedAtMs ?? closedAtMs,
    };
  }
  return former;
}

function hasSameContent(start: SentStart, content: StartContent): boolean {
  return (
    start.agentId === content.agentId && start.message === content.message && start.sandboxId === content.sandboxId
  );
}

/** Returns the Temporal run ids of the former executions, the latest first. */
async function listFormerExecutions(
  client: Client,
  workflowId: string,
  ownRunId: string,
  hint: string | undefined,
): Promise<string[]> {
  for (const startedAt = performance.now(); ;) {
    const runIds = await listRunIds(client, workflowId);
    if (!runIds) return hint === undefined ? [] : [hint];
    const isUpToDate = runIds.includes(ownRunId) || performance.now() - startedAt > MAX_VISIBILITY_LAG_MS;
    if (isUpToDate) {
      const former = runIds.slice(runIds.indexOf(ownRunId) + 1);
      return hint === undefined || former.includes(hint) ? former : [hint, ...former];
    }
    await Context.current().sleep(VISIBILITY_RETRY_DELAY_MS);
  }
}

/** Returns the Temporal run ids that visibility shows, the latest first; `undefined` on a server without visibility. */
async function listRunIds(client: Client, workflowId: string): Promise<string[] | undefined> {
  // Own execution, the inspected ones, and one that shows that there are more.
  const maxListed = MAX_FORMER_EXECUTIONS + 2;
  // Of a chain of continue-as-new, only the last execution is listed.
  const query = `WorkflowId = ${quoteQueryText(workflowId)} AND ExecutionStatus != 'ContinuedAsNew'`;
  const runIds: string[] = [];
  try {
    for await (const { execution } of listExecutions(client, query)) {
      runIds.push(execution?.runId ?? '');
      if (runIds.length >= maxListed) break;
    }
  } catch (error) {
    if (!isUnimplemented(error)) throw error;
    return undefined;
  }
  return runIds;
}
