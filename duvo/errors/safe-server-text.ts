/**
 * A text of a server is shown only when it looks like an identifier and does not repeat what was sent: a server may put a
 * text of a person, or the key, into any field of its response.
 */

const IDENTIFIER = /^[\w.-]{1,64}$/;
const FIELD_PATH = /^[\w.[\]-]{1,64}$/;

/** A shorter sent text that appears inside a longer text of the server counts as a coincidence, not as an echo. */
const MIN_ECHO_CHARS = 6;

/** Codes that Duvo documents. They are never treated as an echo. */
const KNOWN_CODES: ReadonlySet<string> = new Set([
  'insufficient_scope',
  'workspace_policy_denied',
  'approval_required',
]);

/** The parts of a request that no error may show. */
export interface RequestSecrets {
  secret: string;
  /** The JSON body as an object. */
  body?: Record<string, unknown>;
  /** Set when the request also sent content that is too large to compare with. Only codes that Duvo documents are shown then. */
  hasOpaqueBody?: boolean;
}

/** Returns the value when it is a code or an id that is safe to show. */
export function safeIdentifier(value: unknown, secrets: RequestSecrets): string | undefined {
  if (typeof value !== 'string' || !IDENTIFIER.test(value)) return undefined;
  return KNOWN_CODES.has(value) || !isEcho(value, secrets) ? value : undefined;
}

/** Returns the value when it is an error code that is safe to show. */
export function safeCode(value: unknown, secrets: RequestSecrets): string | undefined {
  const code = safeIdentifier(value, secrets);
  return code !== undefined && (!secrets.hasOpaqueBody || KNOWN_CODES.has(code)) ? code : undefined;
}

/** Returns the value when it is a scope that is safe to show, such as `runs:read`. */
export function safeScope(value: string, secrets: RequestSecrets): string | undefined {
  return /^[\w.-]{1,32}(:[\w.-]{1,32}){1,3}$/.test(value) && !secrets.hasOpaqueBody && !isEcho(value, secrets)
    ? value
    : undefined;
}

/** Returns the value as a dotted path when it is a field path that is safe to show: `message`, `/answers/0`, `['body', 'agent_id']`. */
export function safeFieldPath(value: unknown, secrets: RequestSecrets): string | undefined {
  const path = Array.isArray(value)
    ? value.filter((part) => ['string', 'number'].includes(typeof part)).join('.')
    : value;
  if (typeof path !== 'string' || secrets.hasOpaqueBody) return undefined;
  const dotted = path.replace(/^#?\//, '').replaceAll('/', '.');
  if (!FIELD_PATH.test(dotted)) return undefined;
  return Object.hasOwn(secrets.body ?? {}, dotted) || !isEcho(dotted, secrets) ? dotted : undefined;
}

function isEcho(value: string, secrets: RequestSecrets): boolean {
  return [secrets.secret, ...collectStrings(secrets.body)].some(
    (text) => text.includes(value) || (text.length >= MIN_ECHO_CHARS && value.includes(text)),
  );
}

/** Collects every string of a body, and the field names below the top level, since question texts are field names. */
function collectStrings(value: unknown, isTopLevel = true): string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [
    ...(isTopLevel ? [] : [name]),
    ...collectStrings(inner, false),
  ]);
}
