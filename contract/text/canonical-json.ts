import { sha256 } from '@noble/hashes/sha2';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils';

/**
 * Writes a JSON value in the one form that RFC 8785 defines, so that equal values have equal hashes in every language.
 * `JSON.stringify` writes numbers and texts as the RFC requires; only the order of the fields is missing. A field that is
 * `undefined` counts as absent.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((entry) => canonicalJson(entry ?? null)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).filter(([, entry]) => entry !== undefined);
  // The RFC sorts by UTF-16 code units, as the operator `<` compares.
  fields.sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${fields.map(([name, entry]) => `${JSON.stringify(name)}:${canonicalJson(entry)}`).join(',')}}`;
}

/** Returns the SHA-256 of a value's canonical JSON, as 64 hexadecimal digits. It works in a workflow, too. */
export function hashJson(value: unknown): string {
  return bytesToHex(sha256(utf8ToBytes(canonicalJson(value))));
}
