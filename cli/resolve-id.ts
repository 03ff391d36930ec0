import type { Client } from '@temporalio/client';
import { PACKAGE_WORKFLOW_TYPES, quoteQueryText } from '../client';
import { BATCH_ID_SEARCH_ATTRIBUTE } from '../contract';
import { UsageError } from './exit-codes';
import { toPrefix } from './terminal/short-ids';

/** The maximum number of ids that an error lists. */
export const MAX_CANDIDATES = 5;

/**
 * Finds the workflow id for a shortened id as lists show it, which ends with `…`. Any other text is a complete id and is
 * returned unchanged, so that a mistyped id never selects another workflow.
 *
 * @param type the workflow type to search; without it, all workflows that users define, except items of batches
 * @throws UsageError when several ids begin with the text
 */
export async function resolveWorkflowId(client: Client, text: string, type?: string): Promise<string> {
  const prefix = toPrefix(text);
  if (prefix === text) return text;
  const packageTypes = PACKAGE_WORKFLOW_TYPES.map((name) => `'${name}'`).join(', ');
  const condition =
    type === undefined
      ? `WorkflowType NOT IN (${packageTypes}) AND ${BATCH_ID_SEARCH_ATTRIBUTE} IS NULL`
      : `WorkflowType = ${quoteQueryText(type)}`;
  const found = await findWorkflowIds(client, prefix, condition);
  // The children of a workflow have ids that begin with its id and a slash.
  const roots = found.filter((id) => !found.some((other) => id.startsWith(`${other}/`)));
  return chooseCandidate(text, roots);
}

/** Finds workflow ids that begin with a text: at most one more than the candidates that an error lists. */
export async function findWorkflowIds(client: Client, prefix: string, condition: string): Promise<string[]> {
  const query = `WorkflowId STARTS_WITH ${quoteQueryText(prefix)} AND ${condition}`;
  const found = new Set<string>();
  for await (const { workflowId } of client.workflow.list({ query })) {
    found.add(workflowId);
    if (found.size > MAX_CANDIDATES) break;
  }
  return [...found];
}

export function chooseCandidate(text: string, candidates: string[]): string {
  if (candidates.length > 1) {
    const more = candidates.length > MAX_CANDIDATES ? ', …' : '';
    const list = candidates.slice(0, MAX_CANDIDATES).join(', ');
    throw new UsageError(`'${text}' is ambiguous: it is the beginning of ${list}${more}. Give more of the id`);
  }
  return candidates[0] ?? toPrefix(text);
}
