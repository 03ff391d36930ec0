import type { Client } from '@temporalio/client';
import { type Gate, type GatesQuery, MAX_GATES_PAGE_BYTES } from '../../contract/gates/gates';
import { Queries } from '../../contract/names';
import { jsonBytes } from '../../contract/text/cut-text';
import { queryWithRetry } from '../temporal/query-with-retry';

/** Reads a page of a workflow's gates, open and closed. @throws WorkflowNotFoundError, NoWorkerError */
export function queryGates(client: Client, workflowId: string, query: GatesQuery): Promise<Gate[]> {
  const handle = client.workflow.getHandle(workflowId);
  return emptyBeforeFirstGate(
    queryWithRetry(client, workflowId, () => handle.query<Gate[], [GatesQuery]>(Queries.gates, query)),
    [],
  );
}

/** Reads all gates of a workflow, open and closed, page by page. */
export async function readAllGates(readPage: (query: GatesQuery) => Promise<Gate[]>): Promise<Gate[]> {
  const gates = new Map<string, Gate>();
  for (let after: string | undefined; ;) {
    const page = await emptyBeforeFirstGate(readPage({ ...(after !== undefined && { after }) }), []);
    for (const gate of page) gates.set(gate.gateId, gate);
    after = page.at(-1)?.gateId;
    // A gate is smaller than half a page, so one more gate would have fitted.
    if (jsonBytes(page) < MAX_GATES_PAGE_BYTES / 2) return [...gates.values()];
  }
}

/**
 * Returns what a query returns, or `empty` when the workflow has no handler for it: a process registers the queries of its
 * gates when it opens its first gate, and an execution after continue-as-new may open none.
 */
export async function emptyBeforeFirstGate<T>(query: Promise<T>, empty: T): Promise<T> {
  try {
    return await query;
  } catch (error) {
    if (isQueryNotRegistered(error)) return empty;
    throw error;
  }
}

/**
 * Whether the workflow has no handler for the query. The SDK has the same error for every query that the server refuses,
 * such as one whose result is too large, so the message decides.
 */
function isQueryNotRegistered(error: unknown): boolean {
  const { name, message } = error as Error;
  return name === 'QueryNotRegisteredError' && /did not register a handler/.test(message);
}
