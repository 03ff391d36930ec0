import { failInvalidInput } from '../input-checks';
import { commandLine } from '../text/command-line';

/** Returns the reference of a gate: `<workflow id>#<gate id, percent-encoded>`. */
export function formatGateRef(workflowId: string, gateId: string): string {
  return `${workflowId}#${encodeURIComponent(gateId)}`;
}

/** Reads a reference that {@link formatGateRef} wrote. @throws ApplicationFailure `Duvo.InvalidInput` */
export function parseGateRef(ref: string): { workflowId: string; gateId: string } {
  // A workflow id may contain `#`; an encoded gate id cannot.
  const separator = ref.lastIndexOf('#');
  const workflowId = ref.slice(0, Math.max(separator, 0));
  const gateId = decodeGateId(ref.slice(separator + 1));
  if (workflowId && gateId) return { workflowId, gateId };
  const list = commandLine('gate', 'list');
  return failInvalidInput('gate', `is not a reference: give '<workflow id>#<gate id>', as ${list} shows it`);
}

function decodeGateId(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
