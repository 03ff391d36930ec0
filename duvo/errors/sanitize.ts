/**
 * What a server says is shown only when it looks like an identifier and does not echo what we sent: a server may put a
 * message's text, or the key, into any field of its answer.
 */

const IDENTIFIER = /^[\w.-]{1,64}$/;
const FIELD_PATH = /^[\w.[\]-]{1,64}$/;

/** An echo of a text shorter than this inside something longer is taken for chance. */
const SHORTEST_ECHO = 6;

/** Codes that Duvo documents: never an echo. */
const KNOWN_CODES: ReadonlySet<string> = new Set([
  'insufficient_scope',
  'workspace_policy_denied',
  'approval_required',
]);

/** What was sent with a request and must not be shown. */
export interface Sent {
  key: string;
  /** The JSON body, before it became text. */
  body?: Record<string, unknown>;
  /** More than `body` was sent, too much to compare with: only codes that Duvo documents are shown. */
  unseen?: boolean;
}

/** The value, if it is a code or an id that is safe to show. */
export function safeIdentifier(value: unknown, sent: Sent): string | undefined {
  if (typeof value !== 'string' || !IDENTIFIER.test(value)) return undefined;
  return KNOWN_CODES.has(value) || !echoes(value, sent) ? value : undefined;
}

/** The value, if it is an error's code that is safe to show. */
export function safeCode(value: unknown, sent: Sent): string | undefined {
  const code = safeIdentifier(value, sent);
  return code !== undefined && (!sent.unseen || KNOWN_CODES.has(code)) ? code : undefined;
}

/** The value, if it is a scope that is safe to show: `runs:read`. */
export function safeScope(value: string, sent: Sent): string | undefined {
  return /^[\w.-]{1,32}(:[\w.-]{1,32}){1,3}$/.test(value) && !sent.unseen && !echoes(value, sent) ? value : undefined;
}

/** The value, if it is the path of a field that is safe to show: `message`, `/answers/0`, `['body', 'agent_id']`. */
export function safeFieldPath(value: unknown, sent: Sent): string | undefined {
  const path = Array.isArray(value)
    ? value.filter((part) => ['string', 'number'].includes(typeof part)).join('.')
    : value;
  if (typeof path !== 'string' || sent.unseen) return undefined;
  const dotted = path.replace(/^#?\//, '').replaceAll('/', '.');
  if (!FIELD_PATH.test(dotted)) return undefined;
  return Object.hasOwn(sent.body ?? {}, dotted) || !echoes(dotted, sent) ? dotted : undefined;
}

function echoes(value: string, sent: Sent): boolean {
  return [sent.key, ...texts(sent.body)].some(
    (text) => text.includes(value) || (text.length >= SHORTEST_ECHO && value.includes(text)),
  );
}

/** Every string of a body, and the names below its top level (question texts). */
function texts(value: unknown, top = true): string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [...(top ? [] : [name]), ...texts(inner, false)]);
}
