/** The only names that a log line about Duvo may have. Ids, numbers and names of things; never a text or a body. */
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

/** Longest string that is kept, in characters. */
const MAX_VALUE_CHARS = 256;

/**
 * The log-safe part of some fields: names of the allow-list, whose values are strings (cut at 256 characters), finite
 * numbers or booleans. What is not known to be safe is left out: nested objects, errors, and every other name.
 */
export function redact(fields: object): Record<string, string | number | boolean> {
  const safe: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(fields) as [string, unknown][]) {
    if (!LOG_FIELDS.has(name)) continue;
    if (typeof value === 'string')
      safe[name] = value.length > MAX_VALUE_CHARS ? value.slice(0, MAX_VALUE_CHARS) : value;
    else if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) safe[name] = value;
  }
  return safe;
}
