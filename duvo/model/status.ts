/** Spellings of a status, over all dialects, and what they are read as. Source: the table "Run statuses". */
const STATUSES: ReadonlyMap<string, string> = new Map([
  ...['not_started', 'pending', 'starting', 'running', 'needs_attention', 'waiting'].map(
    (same) => [same, same] as const,
  ),
  ...['completed', 'failed', 'interrupted'].map((same) => [same, same] as const),
  ...['canceled', 'cancelled', 'stopped'].map((spelling) => [spelling, 'canceled'] as const),
]);

/**
 * The normalised status: `canceled` for every spelling of it, known statuses in lower case, unknown ones untouched (they
 * are not terminal, and must not crash a workflow).
 */
export function normaliseStatus(status: string): string {
  return STATUSES.get(status) ?? STATUSES.get(status.toLowerCase()) ?? status;
}
