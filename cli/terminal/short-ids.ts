const UUID = /[0-9a-f]{8}(?=-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})/i;

/**
 * Shortens the ids of a list: if an id contains a UUID, it is cut after the first eight digits of the UUID, provided
 * that the result is unique in the list. A shortened id ends with `…`, and commands accept it in this form.
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

/** Returns the text before the trailing `…`. A person may copy a shortened id, which a narrow list may have cut once more. */
export function toPrefix(text: string): string {
  return text.replace(/…+$/, '');
}
