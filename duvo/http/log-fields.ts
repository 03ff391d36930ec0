/** The only fields that a log line about Duvo may have: ids, numbers and names, but never a free text or a body. */
const LOG_FIELDS: ReadonlySet<string> = new Set([
  'operation',
  'method',
  'path',
  'status',
  'durationMs',
  'requestId',
  'errorKind',
  'kind',
  'code',
  'field',
  'reached',
  'retryAfterMs',
  'agentId',
  'runId',
  'gateId',
  'attempt',
  'activityId',
  'activityType',
  'workflowId',
  'workflowType',
  'taskQueue',
  'namespace',
]);

const MAX_VALUE_CHARS = 256;

/**
 * Returns the fields that are safe to log: those on the allow-list whose values are strings (cut at 256 characters), finite
 * numbers or booleans. All other fields are left out, also nested objects and errors.
 */
export function safeLogFields(fields: object): Record<string, string | number | boolean> {
  const safe: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(fields) as [string, unknown][]) {
    if (!LOG_FIELDS.has(name)) continue;
    // A cut through a surrogate pair would leave half of it, which many readers of JSON refuse.
    if (typeof value === 'string') safe[name] = value.slice(0, MAX_VALUE_CHARS).replace(/[\ud800-\udbff]$/, '');
    else if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) safe[name] = value;
  }
  return safe;
}
