/** A gate's reference: workflow id and gate id in one string, `<workflow id>#<gate id, percent-encoded>`. */
export function formatGateRef(workflowId: string, gateId: string): string {
  return `${workflowId}#${encodeURIComponent(gateId)}`;
}
