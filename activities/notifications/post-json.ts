import { type Dispatcher, request } from 'undici';
import { readRetryAfterMs } from '../../duvo/http/headers/retry-after';
import { createOutboundAgent } from '../../http/outbound-agent';
import { takeBasicAuthorization } from '../../http/url-credentials';
import { ChannelError } from './channel';

const CONNECT_MS = 10_000;
const HEADERS_MS = 30_000;
const BODY_MS = 10_000;
const MAX_BODY_BYTES = 10_000;

/** Statuses that a retry may change, besides 5xx. */
const TRANSIENT_STATUSES: readonly number[] = [408, 425, 429];

/** Sends JSON to one URL, through the proxy of the environment if there is one. Redirects are not followed. */
export class JsonPoster {
  private readonly agent: Dispatcher;
  private readonly url: URL;
  private readonly headers: Record<string, string>;

  /** @throws TypeError without the URL, which may be a secret; ProxyVariableError */
  constructor(url: string) {
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
      throw new TypeError('url: must be an http or https URL');
    this.url = new URL(url);
    const authorization = takeBasicAuthorization(this.url);
    this.headers = { 'content-type': 'application/json', ...(authorization && { authorization }) };
    this.agent = createOutboundAgent({ connectMs: CONNECT_MS, headersMs: HEADERS_MS, bodyMs: BODY_MS });
  }

  /** @returns the first bytes of the response @throws ChannelError */
  async post(body: string, signal: AbortSignal, headers: Record<string, string> = {}): Promise<string> {
    let response: Dispatcher.ResponseData;
    try {
      response = await request(this.url, {
        method: 'POST',
        dispatcher: this.agent,
        headers: { ...this.headers, ...headers },
        body,
        signal,
      });
    } catch (error) {
      throw new ChannelError(describeFault(error));
    }
    const { statusCode: status, headers: received } = response;
    const text = await readStart(response.body);
    if (status >= 200 && status < 300) return text;
    const isTransient = status >= 500 || TRANSIENT_STATUSES.includes(status);
    throw new ChannelError(`the server answered ${status}${isTransient ? '' : ': check the URL of the channel'}`, {
      isFinal: !isTransient,
      retryAfterMs: readRetryAfterMs(status, received),
    });
  }
}

/** Reads the start of a body, and closes a body that is longer. The status alone says whether the message was accepted. */
async function readStart(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > MAX_BODY_BYTES) break;
    }
  } catch {
    // The body broke off after the status had arrived.
  }
  return Buffer.concat(chunks).subarray(0, MAX_BODY_BYTES).toString('utf8');
}

/** Describes a request without a response by its code, since the message of an error may have the URL. */
function describeFault(error: unknown): string {
  const { code, name } = (error ?? {}) as { code?: string; name?: string };
  if (name === 'TimeoutError' || /TIMEOUT|ETIMEDOUT/.test(code ?? '')) return 'the server did not answer in time';
  return `no connection to the server${code ? ` (${code})` : ''}`;
}
