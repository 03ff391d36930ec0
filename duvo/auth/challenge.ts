import { safeIdentifier, safeScope, type RequestSecrets } from '../errors/sanitize';

/** What `WWW-Authenticate: Bearer …` says of a credential (RFC 6750), as far as it is safe to show. */
export interface Challenge {
  error?: string;
  /** What is missing; several are separated by a space. */
  scope?: string;
}

export function readChallenge(header: string | string[] | undefined, secrets: RequestSecrets): Challenge {
  const text = String(header ?? '');
  if (!/(^|,)\s*Bearer\s/i.test(text)) return {};
  const scopes = parameter(text, 'scope')?.split(' ').filter(Boolean) ?? [];
  const isSafe = scopes.length > 0 && scopes.every((scope) => safeScope(scope, secrets) !== undefined);
  return { error: safeIdentifier(parameter(text, 'error'), secrets), scope: isSafe ? scopes.join(' ') : undefined };
}

function parameter(text: string, name: string): string | undefined {
  const found = new RegExp(`[\\s,]${name}\\s*=\\s*(?:"([^"]*)"|([^\\s,"]+))`, 'i').exec(text);
  return found?.[1] ?? found?.[2];
}
