import { unescape } from 'node:querystring';

/**
 * Takes the user and the password out of a URL, because clients refuse a URL that has them, and errors would show them.
 *
 * @returns the value of the header `Authorization`, or `undefined` when the URL has neither
 */
export function takeBasicAuthorization(url: URL): string | undefined {
  const { username, password } = url;
  if (username === '' && password === '') return undefined;
  url.username = '';
  url.password = '';
  // `unescape` keeps a `%` that begins no escape; `decodeURIComponent` would throw.
  return `Basic ${Buffer.from(`${unescape(username)}:${unescape(password)}`).toString('base64')}`;
}
