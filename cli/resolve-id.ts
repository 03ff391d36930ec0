import type { Client } from '@temporalio/client';
import type { GatesClient } from '../client';
import { UsageError } from './exit-codes';
import { toPrefix } from './terminal/short-ids';

/** The maximum number of ids that an error lists. */
const MAX_CANDIDATES = 5;

/**
 * Finds the workflow id for an id, or for the beginning of an id as lists show it. Returns the text itself when no id
 * begins with it; the request that follows then reports that the id does not exist.
 * @param type only workflows of this type are searched. @default any type
 * @throws UsageError when several ids begin with the text
 */
export async function resolveWorkflowId(client: Client, text: string, type?: string): Promise<string> {
  const prefix = toPrefix(text);
  if (prefix === text && (await exists(client, text))) return text;
  const conditions = [
    `WorkflowId STARTS_WITH '${escapeQueryText(prefix)}'`,
    ...(type === undefined ? [] : [`WorkflowType = '${escapeQueryText(type)}'`]),
  ];
  const found = new Set<string>();
  for await (const { workflowId } of client.workflow.list({ query: conditions.join(' AND ') })) {
    found.add(workflowId);
    if (found.size > MAX_CANDIDATES) break;
  }
  return chooseCandidate(text, [...found]);
}

/**
 * Finds the reference of an open gate by the beginning of the reference. A complete reference is returned without a
 * request.
 */
export async function resolveGateRef(gates: GatesClient, text: string): Promise<string> {
  if (!text.endsWith('…') && text.includes('#')) return text;
  const found: string[] = [];
  for await (const { ref } of gates.list()) if (ref.startsWith(toPrefix(text))) found.push(ref);
  return chooseCandidate(text, found);
}

function chooseCandidate(text: string, candidates: string[]): string {
  if (candidates.length > 1) {
    const more = candidates.length > MAX_CANDIDATES ? ', …' : '';
    const list = candidates.slice(0, MAX_CANDIDATES).join(', ');
    throw new UsageError(`'${text}' is ambiguous: it is the beginning of ${list}${more}. Give more of the id`);
  }
  return candidates[0] ?? toPrefix(text);
}

async function exists(client: Client, workflowId: string): Promise<boolean> {
  try {
    await client.workflow.getHandle(workflowId).describe();
    return true;
  } catch (error) {
    if ((error as Error).name !== 'WorkflowNotFoundError') throw error;
    return false;
  }
}

function escapeQueryText(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/'/g, "\\'");
}
