/**
 * What a server says is shown only when it looks like an identifier and does not echo what we sent: a server may put a
 * message's text, or the key, into any field of its answer.
 */

const IDENTIFIER = /^[\w.-]{1,64}$/;
const FIELD_PATH = /^[\w.[\]-]{1,64}$/;

/** An echo of a text shorter than this inside something longer is taken for chance. */
const MIN_ECHO_CHARS = 6;

/** Codes that Duvo documents: never an echo. */
const KNOWN_CODES: ReadonlySet<string> = new Set([
  'insufficient_scope',
  'workspace_policy_denied',
  'approval_required',
]);

/** What was sent with a request and must not be shown. */
export interface RequestSecrets {
  secret: string;
  /** The JSON body, before it became text. */
  body?: Record<string, unknown>;
  /** More than `body` was sent, too much to compare with: only codes that Duvo documents are shown. */
  hasOpaqueBody?: boolean;
}

/** The value, if it is a code or an id that is safe to show. */
export function safeIdentifier(value: unknown, secrets: RequestSecrets): string | undefined {
  if (typeof value !== 'string' || !IDENTIFIER.test(value)) return undefined;
  return KNOWN_CODES.has(value) || !isEcho(value, secrets) ? value : undefined;
}

/** The value, if it is an error's code that is safe to show. */
export function safeCode(value: unknown, secrets: RequestSecrets): string | undefined {
  const code = safeIdentifier(value, secrets);
  return code !== undefined && (!secrets.hasOpaqueBody || KNOWN_CODES.has(code)) ? code : undefined;
}

/** The value, if it is a scope that is safe to show: `runs:read`. */
export function safeScope(value: string, secrets: RequestSecrets): string | undefined {
  return /^[\w.-]{1,32}(:[\w.-]{1,32}){1,3}$/.test(value) && !secrets.hasOpaqueBody && !isEcho(value, secrets)
    ? value
    : undefined;
}

/** The value, if it is the path of a field that is safe to show: `message`, `/answers/0`, `['body', 'agent_id']`. */
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

/** Every string of a body, and the names below its top level (question texts). */
function collectStrings(value: unknown, isTopLevel = true): string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [
    ...(isTopLevel ? [] : [name]),
    ...collectStrings(inner, false),
  ]);
}
