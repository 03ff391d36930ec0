import { fetch, Headers, type HeadersInit, type Response } from 'undici';
import { createOutboundAgent, ProxyVariableError } from '../../http/outbound-agent';
import { takeBasicAuthorization } from '../../http/url-credentials';
import { BatchSourceError } from '../errors/source-error';
import type { AllowedHosts } from './allowed-hosts';
import { type DeclaredFormat, formatFromContentType, formatFromPath, isHtml } from './source-format';
import { toUnreadableError, withSourceErrors } from './unreadable-error';

/** Options of the request for a URL. */
export interface UrlRequestOptions {
  headers?: HeadersInit;
  signal?: AbortSignal;
  /** @default all hosts */
  allowedHosts?: AllowedHosts;
  /** Whether the caller gave the format of the items, so that the server's Content-Type does not count. */
  isFormatGiven?: boolean;
}

export interface OpenedUrl extends DeclaredFormat {
  bytes: AsyncIterable<Uint8Array>;
  /** Closes the connection, also when the body was not read to its end. */
  close(): void;
}

/** HTTP statuses that a retry may change, besides 5xx. */
const TRANSIENT_STATUSES: ReadonlySet<number> = new Set([408, 425, 429]);
const REDIRECT_STATUSES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const MAX_REDIRECTS = 5;

const CONNECT_MS = 10_000;
const HEADERS_MS = 60_000;
/** Time between two parts of the body. */
const BODY_MS = 60_000;

/**
 * Requests a URL, through the proxy of the environment if there is one. Headers, and a user and password in the URL, are
 * sent to the origin of the URL only, not to another one that it redirects to.
 *
 * @throws BatchSourceError
 */
export async function openUrl(name: string, url: URL, options: UrlRequestOptions): Promise<OpenedUrl> {
  const { allowedHosts, signal } = options;
  const agent = createAgent(name, allowedHosts);
  const close = () => void agent.destroy().catch(() => undefined);
  try {
    const credentials = readCredentials(url, options.headers);
    let target = url;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      allowedHosts?.check(name, target);
      const headers = target.origin === url.origin ? credentials : undefined;
      const response = await fetch(target, { headers, signal, dispatcher: agent, redirect: 'manual' });
      if (!REDIRECT_STATUSES.has(response.status))
        return { ...(await readResponse(name, target, response, options)), close };
      await response.body?.cancel();
      target = readLocation(name, response, target);
    }
    throw new BatchSourceError(name, `redirects more than ${MAX_REDIRECTS} times`, undefined, 'unreadable');
  } catch (error) {
    close();
    throw toUnreadableError(name, error, 'interrupted');
  }
}

function createAgent(name: string, allowedHosts?: AllowedHosts) {
  const lookup = allowedHosts?.lookup(name);
  try {
    return createOutboundAgent({
      connectMs: CONNECT_MS,
      headersMs: HEADERS_MS,
      bodyMs: BODY_MS,
      ...(lookup && { lookup }),
    });
  } catch (error) {
    if (!(error instanceof ProxyVariableError)) throw error;
    throw new BatchSourceError(name, `cannot be requested: ${error.message}`, undefined, 'unreadable');
  }
}

/** Moves a user and a password from the URL to a header, since fetch refuses them in a URL. */
function readCredentials(url: URL, init?: HeadersInit): Headers {
  const headers = new Headers(init);
  const authorization = takeBasicAuthorization(url);
  if (authorization && !headers.has('authorization')) headers.set('authorization', authorization);
  return headers;
}

function readLocation(name: string, response: Response, from: URL): URL {
  const location = response.headers.get('location') ?? '';
  const target = location !== '' && URL.canParse(location, from.href) ? new URL(location, from.href) : undefined;
  if (target && /^https?:$/.test(target.protocol) && target.username === '' && target.password === '') return target;
  throw new BatchSourceError(name, 'redirects to no http or https URL', undefined, 'unreadable');
}

async function readResponse(
  name: string,
  url: URL,
  { ok, status, body, headers }: Response,
  { isFormatGiven }: UrlRequestOptions,
): Promise<Omit<OpenedUrl, 'close'>> {
  const contentType = headers.get('content-type');
  const fail = async (problem: string, isTransient = false): Promise<never> => {
    await body?.cancel();
    throw new BatchSourceError(name, problem, undefined, isTransient ? 'interrupted' : 'unreadable');
  };
  if (!ok || !body) return fail(`the server answered ${status}`, status >= 500 || TRANSIENT_STATUSES.has(status));
  if (isHtml(contentType) && !isFormatGiven)
    return fail('the server answered with an HTML page, such as a login page: give the format if the page has items');
  const bytes = withSourceErrors(name, body as AsyncIterable<Uint8Array>, 'interrupted');
  return { ...formatFromPath(url.pathname), ...formatFromContentType(contentType), bytes };
}
