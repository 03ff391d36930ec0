import type { Client } from '@temporalio/client';
import { GateError, type GatesClient } from '../../client';
import { commandLine, FailureTypes, SearchAttributes } from '../../contract';
import { chooseCandidate, findWorkflowIds, MAX_CANDIDATES } from '../resolve-id';
import { shortenIds, toPrefix } from '../terminal/short-ids';

/**
 * Shortens both ids of each reference, as in `duvo-run-1a2b3c4d…#5fab5406…`. The id of the gate stays, because a workflow
 * opens several gates one after the other: an answer to one of them must not reach the next one.
 */
export function shortenGateRefs(refs: string[]): (ref: string) => string {
  const parts = refs.map(splitRef);
  const shortWorkflow = shortenIds(unique(parts.map(([workflowId]) => workflowId)));
  const shortGate = shortenIds(unique(parts.map(([, gateId = '']) => gateId)));
  return (ref) => {
    const [workflowId, gateId] = splitRef(ref);
    return gateId === undefined ? shortWorkflow(workflowId) : `${shortWorkflow(workflowId)}#${shortGate(gateId)}`;
  };
}

/**
 * Finds the reference of an open or closed gate by a shortened reference, which has an id that ends with `…`. Any other
 * text is returned unchanged, so that a mistyped reference never selects another gate.
 *
 * @throws GateError `Duvo.GateUnknown`; UsageError when several gates fit
 */
export async function resolveGateRef(client: Client, gates: GatesClient, text: string): Promise<string> {
  const [workflow, gateText = ''] = splitRef(text);
  const [workflowPrefix, gatePrefix] = [toPrefix(workflow), toPrefix(gateText)];
  if (workflowPrefix === workflow && gatePrefix === gateText) return text;
  // A workflow that has opened a gate has this attribute until its end, and also after it.
  const workflowIds =
    workflowPrefix === workflow
      ? [workflow]
      : await findWorkflowIds(client, workflowPrefix, `${SearchAttributes.openGates} >= 0`);
  if (workflowIds.length > MAX_CANDIDATES) return chooseCandidate(text, workflowIds);
  const found: string[] = [];
  for (const workflowId of workflowIds)
    for (const { ref } of await gates.listOf(workflowId)) {
      const [, gateId = ''] = splitRef(ref);
      if (gatePrefix === gateText && gateText !== '' ? gateId === gateText : gateId.startsWith(gatePrefix))
        found.push(ref);
    }
  if (found.length > 0) return chooseCandidate(text, found);
  const problem = `no gate has the reference '${text}': see ${commandLine('gate', 'list')}`;
  throw new GateError(FailureTypes.GateUnknown, problem, text);
}

/** Splits a reference into the ids of the workflow and the gate. A workflow id may contain `#`; an encoded gate id cannot. */
function splitRef(ref: string): [workflowId: string, gateId?: string] {
  const separator = ref.lastIndexOf('#');
  return separator === -1 ? [ref] : [ref.slice(0, separator), ref.slice(separator + 1)];
}

function unique(texts: string[]): string[] {
  return [...new Set(texts)];
}
