import { InvalidInputError } from '../errors';

/** Reads a gate's reference, as `gateRef` of the workflows writes it. @throws InvalidInputError when the text is none */
export function parseGateRef(ref: string): { workflowId: string; gateId: string } {
  const separatorIndex = ref.lastIndexOf('#');
  const [workflowId, gateId] = [ref.slice(0, Math.max(separatorIndex, 0)), tryDecode(ref.slice(separatorIndex + 1))];
  if (!workflowId || !gateId)
    throw new InvalidInputError('gate', "is no reference: give <workflow id>#<gate id>, as 'gates list' shows it");
  return { workflowId, gateId };
}

function tryDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
