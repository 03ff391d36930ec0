import { type IncomingHttpHeaders, request as httpRequest } from 'node:http';
import type { Inbox } from '../../../inbox';

export interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  json<T>(): T;
}

export interface CallOptions {
  method?: string;
  /** Headers in addition to those of the page; `undefined` leaves a header of the page out. */
  headers?: Record<string, string | undefined>;
  /** A text is sent as it is, anything else as JSON. */
  body?: unknown;
}

/** Sends a request with exactly these headers. `fetch` sets and refuses some by itself. */
export function call(url: string, { method = 'GET', headers = {}, body }: CallOptions = {}): Promise<Reply> {
  const content = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const set = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, headers: set, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const text = Buffer.concat(chunks).toString();
        const { statusCode: status = 0, headers: received } = response;
        resolve({ status, headers: received, text, json: <T>() => JSON.parse(text) as T });
      });
    });
    request.once('error', reject);
    request.end(content);
  });
}

/** A browser that has a session of an inbox, without the page. */
export class InboxCaller {
  constructor(
    readonly url: string,
    readonly cookie: string | undefined,
  ) {}

  static async logIn(inbox: Inbox): Promise<InboxCaller> {
    const reply = await exchangeToken(inbox.createLink());
    if (reply.status !== 204) throw new Error(`the login failed with ${reply.status}: ${reply.text}`);
    return new InboxCaller(inbox.url, reply.headers['set-cookie']?.[0]?.split(';')[0]);
  }

  get(path: string, headers: CallOptions['headers'] = {}): Promise<Reply> {
    return call(this.url + path, { headers: { cookie: this.cookie, ...headers } });
  }

  /** Reads the revisions of the list from the stream of events. */
  async *revisions(): AsyncGenerator<number> {
    const { body } = await fetch(`${this.url}/api/events`, { headers: { cookie: this.cookie ?? '' } });
    const decoder = new TextDecoder();
    for await (const chunk of body as unknown as AsyncIterable<Uint8Array>)
      for (const [, revision] of decoder.decode(chunk).matchAll(/"revision":(\d+)/g)) yield Number(revision);
  }

  post(path: string, body: unknown, headers: CallOptions['headers'] = {}): Promise<Reply> {
    return call(this.url + path, {
      method: 'POST',
      headers: { ...pageHeaders(this.url), cookie: this.cookie, ...headers },
      body,
    });
  }

  answer(ref: string, body: unknown, headers?: CallOptions['headers']): Promise<Reply> {
    return this.post(`/api/gates/${encodeURIComponent(ref)}/answer`, body, headers);
  }
}

/** Exchanges the token of a link for a session, as the page does. */
export function exchangeToken(link: string): Promise<Reply> {
  const { origin, hash } = new URL(link);
  const token = new URLSearchParams(hash.slice(1)).get('token');
  return call(`${origin}/api/session`, { method: 'POST', headers: pageHeaders(origin), body: { token } });
}

/** The headers of the page's own requests that change something. */
function pageHeaders(origin: string): Record<string, string> {
  return { origin, 'content-type': 'application/json', 'x-duvo-inbox': '1' };
}

/** Headers that the page does not send, and who sends them. */
export const FOREIGN_HEADERS: [string, CallOptions['headers']][] = [
  ['another site', { origin: 'https://evil.example' }],
  ['another port of this machine', { origin: 'http://127.0.0.1:1' }],
  ['a sandboxed frame', { origin: 'null' }],
  ['a program that sends no origin', { origin: undefined }],
  ['a form', { 'x-duvo-inbox': undefined }],
  ['another site, as the browser says', { 'sec-fetch-site': 'cross-site' }],
  ['another port, as the browser says', { 'sec-fetch-site': 'same-site' }],
  ['a name that points to this machine', { host: 'evil.example' }],
];
