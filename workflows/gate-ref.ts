/** A gate's reference: workflow id and gate id in one string, `<workflow id>#<gate id, percent-encoded>`. */
export function gateRef(workflowId: string, gateId: string): string {
  return `${workflowId}#${encodeURIComponent(gateId)}`;
}

/** @throws RangeError when the text is not a gate's reference. */
export function parseGateRef(ref: string): { workflowId: string; gateId: string } {
  const at = ref.lastIndexOf('#');
  if (at <= 0 || at === ref.length - 1) {
    throw new RangeError(
      `'${ref}' is not a gate: give its reference, <workflow id>#<gate id>, as 'gates list' shows it`,
    );
  }
  return { workflowId: ref.slice(0, at), gateId: decodeURIComponent(ref.slice(at + 1)) };
}
