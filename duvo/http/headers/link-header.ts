/** One link of a `Link` header (RFC 8288). */
export interface Link {
  target: string;
  /** Relation types, in lower case. */
  relations: string[];
}

const QUOTED = '"(?:[^"\\\\]|\\\\.)*"';
/** Browsers and proxies accept any unquoted value without separators, so a value is not limited to the characters of a token. */
const VALUE = `${QUOTED}|[^\\s";,<>]+`;
const LINK = new RegExp(`\\s*,*\\s*<([^<>]*)>((?:\\s*;\\s*[^\\s=";,<>]*(?:\\s*=\\s*(?:${VALUE})?)?)*)\\s*(?:,|$)`, 'y');
const PARAMETER = new RegExp(`;\\s*([^\\s=";,<>]+)(?:\\s*=\\s*(${VALUE})?)?`, 'g');

/**
 * Parses a `Link` header. A comma or a semicolon inside quotes separates nothing. Links after a syntax error are left out,
 * because their start is uncertain.
 */
export function parseLinks(header: string): Link[] {
  const links: Link[] = [];
  LINK.lastIndex = 0;
  for (let found = LINK.exec(header); found; found = LINK.exec(header)) {
    const [, target = '', parameters = ''] = found;
    links.push({ target, relations: readRelations(parameters) });
  }
  return links;
}

/** Only the first `rel` of a link counts (RFC 8288, 3.3). */
function readRelations(parameters: string): string[] {
  for (const [, name, value = ''] of parameters.matchAll(PARAMETER)) {
    if (name?.toLowerCase() === 'rel') return unquote(value).toLowerCase().split(/\s+/).filter(Boolean);
  }
  return [];
}

function unquote(value: string): string {
  return value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value;
}
