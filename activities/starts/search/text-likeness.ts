import { decodeHTML } from 'entities';

/**
 * Whether one text may be shown as the other one. A platform may add text around a message, cut the message, normalise
 * or escape its characters, or remove tags and characters that cannot be seen. Texts that are alike prove nothing.
 */
export function isAlike(shown: string, sent: string): boolean {
  const shownKey = toKey(shown);
  // A text of tags alone has no key, and an empty key would be a part of every text.
  return [toKey(sent), toKey(sent.replace(/<[^>]*>/g, ''))].some(
    (key) => key !== '' && (shownKey.includes(key) || key.startsWith(shownKey) || isLargePart(shownKey, key)),
  );
}

/** A text that has lost its beginning is alike only when half of it is left: "yes" is a part of many texts. */
function isLargePart(part: string, whole: string): boolean {
  return part.length * 2 >= whole.length && whole.includes(part);
}

/**
 * Returns the letters and digits of a text, without accents and in lower case, so that neither the form of the characters
 * nor spaces, quotes, escapes or an ellipsis count. A text without any of them is kept without its spaces.
 */
function toKey(text: string): string {
  const plain = decodeHTML(text).normalize('NFKD').toLowerCase();
  return plain.replace(/[^\p{L}\p{N}]/gu, '') || plain.replace(/\s/g, '');
}
