const UUID = /[0-9a-f]{8}(?=-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})/i;

/**
 * Shortens the ids of a list: an id with a UUID is cut after the UUID's first eight digits when that is unique in the list.
 * A shortened id ends with `…`, and commands accept it as it is shown.
 */
export function shortenIds(ids: string[]): (id: string) => string {
  const shortened = new Map<string, string>();
  for (const id of ids) {
    const found = UUID.exec(id);
    if (!found) continue;
    const prefix = id.slice(0, found.index + 8);
    const isUnique = ids.every((other) => other === id || !other.startsWith(prefix));
    if (isUnique) shortened.set(id, `${prefix}…`);
  }
  return (id) => shortened.get(id) ?? id;
}

/** The text before a trailing `…`: the prefix that a person copied from a list. */
export function toPrefix(text: string): string {
  return text.endsWith('…') ? text.slice(0, -1) : text;
}
